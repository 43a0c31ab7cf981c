"""The bot's own HTTP side: where Telegram hands updates over, and where those who watch the bot look.

`listening` and `receiving` know no web server; `webhook` and `serving` need the `web` extra.
"""
