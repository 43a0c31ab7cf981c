"""Listening at the addresses of the settings; `ringkas doctor` tries the same, so it finds a taken port."""

from __future__ import annotations

import socket

from bot.config import Listen
from summaries.errors import InvalidSettings

# Connections that the kernel holds until they are accepted. A client beyond it retries after a second.
BACKLOG = 2048


def bind(listen: Listen) -> socket.socket:
    """Return a listening socket. Clients that connect before the server accepts only wait a moment longer."""
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((listen.host, listen.port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        settings = "WEBHOOK_LISTEN, HTTP_LISTEN or SERVE_LISTEN"
        fault = f"{settings}: {listen} can't be listened on ({error.strerror}), choose another"
        raise InvalidSettings((fault,)) from error
    return listener
