"""Which connections a server keeps when there are too many (pure)."""

from __future__ import annotations

import ipaddress
from typing import Generic, TypeVar

C = TypeVar("C")

# Connections that have not shown the webhook's secret. Together with those that have they stay below the 1,024 open
# files that most systems allow a process.
STRANGERS = 256
# Of one address: fewer, so that one machine can't push the others out. All of them come from one behind a proxy.
STRANGERS_OF_PEER = 128
# Connections that have. Telegram opens a hundred at most for a bot; what is beyond counts as a stranger's.
TRUSTED = 400
# An internet connection's part of IPv6 has so many bits before its own addresses.
IPV6_PREFIX = 64


class Room(Generic[C]):
    """The connections of a server. The number of strangers is limited: for a new one, the one that has been there
    longest leaves, of the peer that has most. Refusing the new one instead would let anybody who keeps connections
    open shut out Telegram."""

    def __init__(self, most: int = STRANGERS, most_of_peer: int = STRANGERS_OF_PEER, most_trusted: int = TRUSTED):
        self._most = most
        self._most_of_peer = most_of_peer
        self._most_trusted = most_trusted
        self._strangers: dict[str, dict[C, None]] = {}
        self._peers: dict[C, str] = {}
        self._trusted: set[C] = set()

    def enter(self, connection: C, peer: str) -> C | None:
        """Count the connection as a stranger's; the one that must be closed for it, if there are too many."""
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
        """Keep the connection, whoever else comes."""
        if connection in self._peers and len(self._trusted) < self._most_trusted:
            self.leave(connection)
            self._trusted.add(connection)

    def is_trusted(self, connection: C) -> bool:
        return connection in self._trusted

    def leave(self, connection: C) -> None:
        """Forget the connection; one that was not there is none to forget."""
        self._trusted.discard(connection)
        peer = self._peers.pop(connection, None)
        if peer is not None:
            own = self._strangers[peer]
            del own[connection]
            if not own:
                del self._strangers[peer]


def peer_of(address: str) -> str:
    """The part of an address that one machine or household has for itself."""
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, IPV6_PREFIX), strict=False))
