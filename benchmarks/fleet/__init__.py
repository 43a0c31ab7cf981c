"""A fleet of receivers and workers that is hit while it works."""
