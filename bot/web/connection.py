"""An HTTP connection with a limit on every wait and on every size that a stranger controls."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, cast

import h11
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from bot.web.connection_limits import ConnectionLimiter, find_peer

# Telegram's headers have about 500 bytes, and a proxy adds a few hundred. Parsing many short headers is slow.
MAX_HEAD_BYTES = 8 * 1024


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits on how long the server waits for the other side.

    `head_s` runs from the start of the connection or the first byte of a request to the end of its head, and for the
    unread rest of a body. `answer_s` runs from there to the end of the answer: the webhook waits ten seconds for a
    body, health five for the database. `flush_s` is for the last bytes of an answer, `idle_s` for Telegram's next
    request; it is longer than most pauses between its updates.
    """

    head_s: float = 5.0
    answer_s: float = 30.0
    flush_s: float = 5.0
    idle_s: int = 75


class ConnectionState(ServerState):
    """State that the connections of a server share."""

    def __init__(self, timeouts: Timeouts) -> None:
        super().__init__()
        self.room: ConnectionLimiter[Connection] = ConnectionLimiter()
        self.timeouts = timeouts


class PlainBodies(h11.Connection):
    """Refuses chunked bodies. Telegram and proxies send a content length, and parsing many small chunks from a stranger
    would block the event loop for most of a second."""

    def next_event(self) -> Any:
        event = super().next_event()
        if isinstance(event, h11.Request) and any(name == b"transfer-encoding" for name, _ in event.headers):
            raise h11.RemoteProtocolError("a body must say how long it is")
        return event


class Connection(H11Protocol):
    """A connection is a stranger's until a request has the webhook's secret (`request.state.trust()`). A stranger gets
    one answer, and is closed when there are too many. Every wait has a limit."""

    _timed: RequestResponseCycle | None = None
    _deadline: asyncio.TimerHandle | None = None

    def __init__(
        self,
        config: Config,
        server_state: ConnectionState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state | {"trust": self.trust}, _loop)
        self.conn = PlainBodies(h11.SERVER, MAX_HEAD_BYTES)
        self._room = server_state.room
        self._timeouts = server_state.timeouts
        self.timeout_keep_alive = server_state.timeouts.idle_s

    def trust(self) -> None:
        """Keep the connection: the current request has the secret."""
        self._room.trust(self)
        if self._room.is_trusted(self):
            self.cycle.default_headers = self.server_state.default_headers

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._cut_after(self._timeouts.head_s)
        oldest = self._room.enter(self, find_peer(self.client[0]) if self.client else "")
        if oldest is not None:
            oldest.transport.abort()

    def data_received(self, data: bytes) -> None:
        while data and not self.transport.is_closing():
            # h11 limits a head only while it waits for the rest of it.
            size = MAX_HEAD_BYTES if self.conn.their_state is h11.IDLE else len(data)
            super().data_received(data[:size])
            data = data[size:]
        if self.cycle is not self._timed:
            self._timed = self.cycle
            self._cut_after(self._timeouts.answer_s)
            if not self.cycle.more_body and not self._room.is_trusted(self):
                self.cycle.default_headers = [*self.cycle.default_headers, CLOSE_HEADER]
        elif self._is_idle:
            # Either the rest of an unread body, or the first bytes of the next head.
            self._close_stranger()
            if self._deadline is None:
                self._cut_after(self._timeouts.head_s)

    @property
    def _is_idle(self) -> bool:
        """Return whether the last request and its answer are complete."""
        return self._timed is not None and self.conn.our_state is h11.IDLE

    @property
    def _is_answering(self) -> bool:
        # uvicorn types the cycle as never None, but there is none before the first request.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        return cycle is not None and not cycle.response_complete

    def _close_stranger(self) -> None:
        if not self._room.is_trusted(self):
            self.transport.close()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._is_idle:
            # uvicorn's own timer waits for the next request.
            self._clear_deadline()
            self._close_stranger()
        if self.transport.is_closing():
            self._cut_after(self._timeouts.flush_s)
        elif not self._is_idle:
            # The rest of an unread body.
            self._cut_after(self._timeouts.head_s)

    def timeout_keep_alive_handler(self) -> None:
        # Closing would wait until the peer has read all data.
        self.transport.abort()

    def send_400_response(self, msg: str) -> None:
        """Refuse a malformed request, without an answer if one for the previous request is in progress."""
        if self._is_answering:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.transport.abort()
        elif self.conn.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            super().send_400_response(msg)
            self._cut_after(self._timeouts.flush_s)
        else:
            self.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._clear_deadline()
        self._room.leave(self)
        super().connection_lost(exc)

    def _cut_after(self, seconds: float) -> None:
        """Abort the connection after `seconds`, unless another deadline replaces this one."""
        self._clear_deadline()
        self._deadline = self.loop.call_later(seconds, self.transport.abort)

    def _clear_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
