"""The process: clock, shutdown, memory, health, metrics. Nothing here knows Telegram."""
