"""Everything between the bot and Telegram's servers: requests, rate limiter, messenger, polling, webhook."""
