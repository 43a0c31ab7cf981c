"""The process itself: clock, shutdown, memory, health, metrics. Nothing here knows Telegram."""
