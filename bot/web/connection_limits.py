"""Limits on the number of connections of a server."""

from __future__ import annotations

import ipaddress
from typing import Generic, TypeVar

C = TypeVar("C")

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
