"""The addresses that Ringkas may open: the rules, without a socket.

An address given by a person or a foreign page can point into the network of the server: at a router, a database, a
cloud's metadata service. `check_url` judges the address itself, `check_addresses` the IP addresses that its name
resolves to. The connection must use exactly the judged addresses, because a name may resolve to others a moment later
(DNS rebinding).

Source of the ranges: IANA's special-purpose address registries for IPv4 and IPv6, as implemented by `ipaddress`, plus
ranges that it lacks or judges differently in some Python versions (`_NOT_PUBLIC`).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

import httpx

from summaries.errors import AddressRefused
from summaries.urls import MAX_URL_CHARS

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_SCHEMES = ("http", "https")
_LAST_LABEL_IS_NUMBER = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)\.?$", re.IGNORECASE)
_PRIVATE_NAMES = ("localhost", "local", "internal", "intranet", "lan", "home", "corp", "home.arpa", "onion", "invalid")

_GLOBAL_UNICAST_V6 = ipaddress.ip_network("2000::/3")
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_NOT_PUBLIC = [
    ipaddress.ip_network(network)
    for network in (
        "0.0.0.0/8",  # "this" network; Linux routes 0.0.0.0 to loopback
        "100.64.0.0/10",  # carrier-grade NAT, including one cloud's metadata service
        "168.63.129.16/32",  # a cloud's host service behind a public-looking address
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "224.0.0.0/4",  # multicast, part of which `ipaddress` calls global
        "240.0.0.0/4",
        "2001::/23",  # protocol assignments, including Teredo, which embeds IPv4 addresses
        "2001:db8::/32",
        "2002::/16",  # 6to4: embeds IPv4 addresses
        "3fff::/20",  # documentation
    )
]


def check_url(url: str, *, allow_private: bool = False) -> httpx.URL:
    """Parse the address, once for both the check and the connection.

    With `allow_private` (tests) any port and private names are accepted; the other rules apply.

    Raises:
        AddressRefused: the scheme is not http or https, the port is not 80 or 443, there are credentials or no host, or
            the host is a private name, a disguised IP address or an IP address that is not public.
    """
    if len(url) > MAX_URL_CHARS:
        raise AddressRefused(f"the address is longer than {MAX_URL_CHARS} characters")
    try:
        parsed = httpx.URL(url.strip())
    except (httpx.InvalidURL, UnicodeError) as error:
        raise AddressRefused(f"not a web address: {error}") from error
    if parsed.scheme not in _SCHEMES:
        raise AddressRefused(f"only http and https are opened, not {parsed.scheme or 'an address without a scheme'!r}")
    if parsed.userinfo:
        raise AddressRefused("the address holds credentials")
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise AddressRefused(f"{parsed.port} is no port")
    if not allow_private and parsed.port not in (None, 80, 443):
        raise AddressRefused(f"only the ports 80 and 443 are opened, not {parsed.port}")
    _check_host(parsed.raw_host.decode("ascii"), allow_private=allow_private)
    return parsed


def explain_refusal(url: str, *, allow_private: bool = False) -> str | None:
    """Return which rule of `check_url` the address breaks, or None."""
    try:
        check_url(url, allow_private=allow_private)
    except AddressRefused as refusal:
        return str(refusal)
    return None


def _check_host(host: str, *, allow_private: bool) -> None:
    if not host:
        raise AddressRefused("the address names no host")
    if (literal := _parse_literal(host)) is not None:
        check_addresses(host, (literal,), allow_private=allow_private)
    elif _LAST_LABEL_IS_NUMBER.search(host):
        # Decimal, octal, hexadecimal or shortened: resolvers disagree on them, and honest addresses do not use them.
        raise AddressRefused(f"{host} is an IP address in disguise")
    elif not allow_private:
        labels = host.rstrip(".").lower()
        if "." not in labels or any(labels.endswith("." + name) for name in _PRIVATE_NAMES):
            raise AddressRefused(f"{host} is a private name")


def _parse_literal(host: str) -> IPAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def check_addresses(host: str, addresses: Sequence[IPAddress], *, allow_private: bool = False) -> None:
    """Raise AddressRefused if any of the addresses that the host resolves to is not public."""
    for address in addresses:
        if not (allow_private or is_public(address)):
            raise AddressRefused(f"{host} leads to {address}, which is not a public address")


def is_public(address: IPAddress) -> bool:
    """Return whether the address belongs to the public internet.

    An IPv6 address that embeds an IPv4 address, which a gateway would unwrap, is judged by the IPv4 address.
    """
    if isinstance(address, ipaddress.IPv6Address):
        if address.scope_id is not None:
            return False
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:  # used by machines with IPv6 only
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF))
        if address not in _GLOBAL_UNICAST_V6:
            return False
    return address.is_global and not any(address in network for network in _NOT_PUBLIC)
