"""The settings panel of /langganan: its callback data, the changes that buttons make, and its screens."""
