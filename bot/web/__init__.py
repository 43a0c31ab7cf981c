"""The HTTP side of the bot: webhook, health and metrics.

`update_intake` and `routes` import no web server; the other modules do, and are imported when a setting needs them.
"""
