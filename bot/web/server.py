"""The HTTP server: uvicorn in the bot's event loop, with limits on the connections, waits and sizes of strangers."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
from collections import defaultdict
from collections.abc import AsyncIterator, Generator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar, cast

import h11
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp
from uvicorn.protocols.http.flow_control import CLOSE_HEADER
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from bot.config import Listen
from bot.runtime.sockets import BACKLOG, bind

C = TypeVar("C")

# Telegram's headers have about 500 bytes, and a proxy adds a few hundred. Parsing many short headers is slow.
MAX_HEAD_BYTES = 8 * 1024
# Connections without the webhook's secret. Together with the trusted ones they stay below 1,024 open files, the usual
# limit for a process.
STRANGERS = 256
# Per address, so that one machine cannot push the others out. Behind a proxy all have the same address.
STRANGERS_OF_PEER = 128
# Connections with the secret. Telegram opens at most a hundred per bot; further ones count as strangers.
TRUSTED = 400
# Bits of an IPv6 address that identify one internet connection.
IPV6_PREFIX = 64


class ConnectionLimiter(Generic[C]):
    """The connections of a server. The number of strangers is limited: a new one replaces the oldest connection of the
    peer that has most. Refusing the new one would let anybody who holds connections open shut Telegram out."""

    def __init__(self, most: int = STRANGERS, most_of_peer: int = STRANGERS_OF_PEER, most_trusted: int = TRUSTED):
        self._most = most
        self._most_of_peer = most_of_peer
        self._most_trusted = most_trusted
        self._strangers: dict[str, dict[C, None]] = {}
        self._peers: dict[C, str] = {}
        self._trusted: set[C] = set()

    def enter(self, connection: C, peer: str) -> C | None:
        """Count the connection as a stranger's. Return the one that must be closed to make room, or None."""
        own = self._strangers.setdefault(peer, {})
        own[connection] = None
        self._peers[connection] = peer
        if len(own) <= self._most_of_peer:
            if len(self._peers) <= self._most:
                return None
            own = max(self._strangers.values(), key=len)
        oldest = next(iter(own))
        self.leave(oldest)
        return oldest

    def trust(self, connection: C) -> None:
        """Keep the connection even if many strangers come."""
        if connection in self._peers and len(self._trusted) < self._most_trusted:
            self.leave(connection)
            self._trusted.add(connection)

    def is_trusted(self, connection: C) -> bool:
        return connection in self._trusted

    def leave(self, connection: C) -> None:
        """Forget the connection, if it is known."""
        self._trusted.discard(connection)
        peer = self._peers.pop(connection, None)
        if peer is not None:
            own = self._strangers[peer]
            del own[connection]
            if not own:
                del self._strangers[peer]


def find_peer(address: str) -> str:
    """Return the part of an address that identifies one machine or household."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, IPV6_PREFIX), strict=False))


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
        config: uvicorn.Config,
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


# Connections accepted per turn of the event loop.
ACCEPTED_AT_ONCE = 16
STOP_S = 1
TIMEOUTS = Timeouts()


class Server(uvicorn.Server):
    """uvicorn without its signal handlers."""

    def __init__(self, config: uvicorn.Config, timeouts: Timeouts) -> None:
        super().__init__(config)
        self.server_state = ConnectionState(timeouts)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for listener in sockets or ():
            # asyncio has one setting for both numbers, and applied the smaller one.
            listener.listen(BACKLOG)

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@asynccontextmanager
async def serve(sites: Iterable[tuple[Listen, BaseRoute]], timeouts: Timeouts = TIMEOUTS) -> AsyncIterator[None]:
    """Serve each route at its address during the block, then finish the requests in progress. Raise InvalidSettings if
    the process cannot listen on an address."""
    routes: defaultdict[Listen, list[BaseRoute]] = defaultdict(list)
    for listen, route in sites:
        routes[listen].append(route)
    async with AsyncExitStack() as stack:
        for listen, here in routes.items():
            await stack.enter_async_context(serve_one(listen, Starlette(routes=here), timeouts))
        yield


@asynccontextmanager
async def serve_one(listen: Listen, app: ASGIApp, timeouts: Timeouts) -> AsyncIterator[None]:
    with contextlib.closing(bind(listen)) as listener:
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            backlog=ACCEPTED_AT_ONCE,
            timeout_graceful_shutdown=STOP_S,
        )
        server = Server(config, timeouts)
        serving = asyncio.create_task(server.serve(sockets=[listener]), name=f"serve {listen}")
        try:
            yield
        finally:
            server.should_exit = True
            await serving
