"""A table of addresses that the guard opens and refuses."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.errors import AddressRefused
from summaries.fetch.client.address_policy import check_addresses, check_url, is_public

OPENED = [
    "http://example.com",
    "https://example.com:443/berita?id=1#atas",
    "http://example.com:80/",
    "HTTPS://Example.COM/",
    "https://münchen.example.com/é",
    "http://8.8.8.8/",
    "http://[2606:4700:4700::1111]/",
    " https://example.com/ ",
]
REFUSED = {
    "no scheme": "example.com/berita",
    "file": "file:///etc/passwd",
    "ftp": "ftp://example.com/",
    "gopher": "gopher://127.0.0.1:6379/_INFO",
    "javascript": "javascript:alert(1)",
    "data": "data:text/html,halo",
    "unix socket": "http+unix://%2Fvar%2Frun%2Fdocker.sock/info",
    "credentials": "http://user:secret@example.com/",
    "user only": "http://user@example.com/",
    "backslash before at": "http://example.com\\@127.0.0.1/",
    "ssh port": "http://example.com:22/",
    "redis port": "http://example.com:6379/",
    "high port": "https://example.com:8443/",
    "no host": "http:///berita",
    "loopback": "http://127.0.0.1/",
    "other loopback": "http://127.8.8.8/",
    "short loopback": "http://127.1/",
    "decimal": "http://2130706433/",
    "hexadecimal": "http://0x7f000001/",
    "octal": "http://0177.0.0.1/",
    "mixed": "http://0x7f.0.0.1/",
    "hexadecimal last": "http://127.0.0.0x1/",
    "decimal of a public one": "http://134744072/",
    "trailing dot": "http://127.0.0.1./",
    "ideographic dots": "http://127。0。0。1/",
    "zero": "http://0/",
    "all zero": "http://0.0.0.0/",
    "private 10": "http://10.0.0.1/",
    "private 172": "http://172.16.5.4/",
    "private 192": "http://192.168.1.1/",
    "metadata": "http://169.254.169.254/latest/meta-data/",
    "metadata by name": "http://metadata.google.internal/",
    "carrier-grade": "http://100.100.100.200/",
    "cloud host service": "http://168.63.129.16/",
    "multicast": "http://224.0.0.251/",
    "broadcast": "http://255.255.255.255/",
    "documentation": "http://192.0.2.1/",
    "benchmarking": "http://198.18.0.1/",
    "v6 loopback": "http://[::1]/",
    "v6 unspecified": "http://[::]/",
    "v6 mapped": "http://[::ffff:127.0.0.1]/",
    "v6 mapped hexadecimal": "http://[::ffff:7f00:1]/",
    "v6 compatible": "http://[::127.0.0.1]/",
    "v6 translated": "http://[::ffff:0:127.0.0.1]/",
    "nat64": "http://[64:ff9b::7f00:1]/",
    "nat64 local use": "http://[64:ff9b:1::7f00:1]/",
    "6to4": "http://[2002:7f00:1::]/",
    "teredo": "http://[2001::1]/",
    "link-local": "http://[fe80::1]/",
    "link-local with zone": "http://[fe80::1%25eth0]/",
    "unique local": "http://[fd00:ec2::254]/",
    "site-local": "http://[fec0::1]/",
    "v6 multicast": "http://[ff02::1]/",
    "localhost": "http://localhost/",
    "localhost with dot": "http://localhost./",
    "below localhost": "http://app.localhost/",
    "single label": "http://intranet/",
    "mdns": "http://printer.local/",
    "home": "http://router.home.arpa/",
    "line break": "http://example.com/\r\nHost: evil",
    "too long": "http://example.com/" + "a" * 3000,
    "bad brackets": "http://[::1/",
    "bad port": "http://example.com:99999/",
    "nothing": "",
}


@pytest.mark.parametrize("url", OPENED)
def test_public_url_is_allowed(url: str) -> None:
    assert check_url(url).host


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
def test_private_or_malformed_url_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url)


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "http://u:p@127.0.0.1/", "http://2130706433/", "http:///x", "http://0x7f.1/"]
)
def test_allow_private_keeps_the_other_rules(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_url(url, allow_private=True)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8081/", "http://localhost:5000/x", "http://[::1]:9/"])
def test_allow_private_allows_loopback_on_any_port(url: str) -> None:
    assert check_url(url, allow_private=True).port


def test_host_with_one_private_address_is_refused() -> None:
    mixed = [ipaddress.ip_address("8.8.8.8"), ipaddress.ip_address("10.0.0.8")]
    check_addresses("example.com", mixed[:1])
    with pytest.raises(AddressRefused, match=r"10\.0\.0\.8"):
        check_addresses("example.com", mixed)


@given(st.ip_addresses(v=4))
def test_mapped_ipv4_address_is_judged_like_the_bare_one(address: ipaddress.IPv4Address) -> None:
    mapped = ipaddress.IPv6Address(f"::ffff:{address}")
    nat64 = ipaddress.IPv6Address(f"64:ff9b::{address}")
    assert is_public(mapped) == is_public(nat64) == is_public(address)


@given(st.ip_addresses(v=4))
def test_address_that_ipaddress_calls_private_is_never_public(address: ipaddress.IPv4Address) -> None:
    if address.is_private or address.is_multicast or address.is_reserved or address.is_loopback:
        assert not is_public(address)


@given(st.text(max_size=60))
def test_any_text_is_allowed_or_refused(text: str) -> None:
    for url in (text, f"http://{text}/", f"http://example.com/{text}"):
        try:
            check_url(url)
        except AddressRefused:
            continue
