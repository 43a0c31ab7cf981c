"""The screen of buttons behind /langganan: what its buttons carry, what they change, how it looks (pure)."""
