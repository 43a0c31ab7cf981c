"""Refuses every connection and look-up beyond loopback: in the tests' process, and in each that they start.

An audit hook sees the sockets of all libraries, and cannot be removed.
"""

import ipaddress
import sys


def is_local(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    # None and "" mean this machine; a socket of the file system has a path for an address.
    if not host or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(str(host)).is_loopback
    except ValueError:
        return False


def refuse_beyond_loopback(event: str, arguments: tuple[object, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[-1]
        if isinstance(address, tuple) and address and not is_local(address[0]):
            raise RuntimeError(f"a test tried to reach {address[0]}: tests stay on loopback")
    elif event == "socket.getaddrinfo" and not is_local(arguments[0]):
        raise RuntimeError(f"a test tried to look up {arguments[0]!r}: tests stay on loopback")


sys.addaudithook(refuse_beyond_loopback)
