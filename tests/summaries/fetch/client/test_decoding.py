"""Bodies are decoded up to their bound and not a byte further."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.errors import PermanentFetchError, TransientFetchError
from summaries.fetch.client.decoding import BodyDecoder

URL = "https://kabar.example/a"
MIB = 1024 * 1024


def bare_deflate(body: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(body) + compressor.flush()


ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    "identity": bytes,
    "gzip": gzip.compress,
    "X-GZIP": gzip.compress,
    "deflate": zlib.compress,
}


def decode(body: bytes, encoding: str, *, max_bytes: int = MIB, piece_bytes: int = 1000) -> bytes:
    decoder = BodyDecoder(URL, encoding, max_bytes=max_bytes)
    for start in range(0, len(body), piece_bytes):
        decoder.feed(body[start : start + piece_bytes])
    return decoder.finish()


@given(st.binary(max_size=3000), st.sampled_from(sorted(ENCODERS)), st.integers(1, 500))
def test_what_was_encoded_comes_back(body: bytes, encoding: str, piece_bytes: int) -> None:
    assert decode(ENCODERS[encoding](body), encoding, piece_bytes=max(2, piece_bytes)) == body


@given(st.binary(max_size=3000))
def test_bare_deflate_comes_back(body: bytes) -> None:
    assert decode(bare_deflate(body), "deflate") == body


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_a_bomb_is_cut_off_before_it_is_unpacked(encoding: str) -> None:
    bomb = ENCODERS[encoding](bytes(200 * MIB))
    assert len(bomb) < MIB
    tracemalloc.start()
    with pytest.raises(PermanentFetchError, match="too large"):
        decode(bomb, encoding, piece_bytes=len(bomb))
    assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    tracemalloc.stop()


def test_the_bound_itself_is_allowed() -> None:
    assert len(decode(gzip.compress(bytes(MIB)), "gzip", max_bytes=MIB)) == MIB
    with pytest.raises(PermanentFetchError, match="too large"):
        decode(gzip.compress(bytes(MIB + 1)), "gzip", max_bytes=MIB)


def test_a_body_that_is_large_as_sent_is_too_large_even_if_it_unpacks_to_nothing() -> None:
    endless = gzip.compress(b"") + bytes(2 * MIB)
    with pytest.raises(PermanentFetchError, match="too large"):
        decode(endless, "gzip", max_bytes=MIB)


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "nonsense"])
def test_an_encoding_that_was_not_asked_for_is_refused(encoding: str) -> None:
    with pytest.raises(PermanentFetchError, match="asked for"):
        BodyDecoder(URL, encoding, max_bytes=MIB)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_what_is_not_encoded_as_it_says_is_refused(encoding: str) -> None:
    with pytest.raises(PermanentFetchError, match="body is not"):
        decode(b"<html>halo</html>" * 10, encoding)


def test_a_broken_off_body_is_told_from_a_whole_one() -> None:
    with pytest.raises(TransientFetchError, match="broke off"):
        decode(gzip.compress(bytes(range(256)) * 100)[:-40], "gzip")
