"""Where a server listens (pure)."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Listen:
    """An IP address and a port of this machine."""

    host: str
    port: int

    @property
    def is_loopback(self) -> bool:
        return ipaddress.ip_address(self.host).is_loopback

    @property
    def url(self) -> str:
        """Where a program on this machine reaches it."""
        address = ipaddress.ip_address(self.host)
        if address.is_unspecified:
            address = ipaddress.ip_address("127.0.0.1" if address.version == 4 else "::1")
        return f"http://[{address}]:{self.port}" if address.version == 6 else f"http://{address}:{self.port}"

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_listen(text: str) -> Listen:
    """What "127.0.0.1:8080", "[::1]:8080" or "localhost:8080" names.

    Raises:
        ValueError: it is nothing of that kind.
    """
    host, separator, port = text.strip().rpartition(":")
    if not separator or not (port.isascii() and port.isdecimal()) or not 1 <= int(port) <= 65535:
        raise ValueError("must be an address and a port, such as 127.0.0.1:8080")
    if host.startswith("[") != (":" in host) or host.startswith("[") != host.endswith("]"):
        raise ValueError("must have an IPv6 address in brackets, such as [::1]:8080")
    name = "127.0.0.1" if host == "localhost" else host.strip("[]")
    try:
        return Listen(str(ipaddress.ip_address(name)), int(port))
    except ValueError:
        raise ValueError("must name an IP address of this machine, such as 127.0.0.1:8080") from None
