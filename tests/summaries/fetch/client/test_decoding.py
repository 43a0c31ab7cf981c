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
def test_encoded_body_is_decoded(body: bytes, encoding: str, piece_bytes: int) -> None:
    assert decode(ENCODERS[encoding](body), encoding, piece_bytes=max(2, piece_bytes)) == body


@given(st.binary(max_size=3000))
def test_raw_deflate_body_is_decoded(body: bytes) -> None:
    assert decode(bare_deflate(body), "deflate") == body


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_decompression_bomb_is_cut_off_early(encoding: str) -> None:
    bomb = ENCODERS[encoding](bytes(200 * MIB))
    assert len(bomb) < MIB
    tracemalloc.start()
    with pytest.raises(PermanentFetchError, match="too large"):
        decode(bomb, encoding, piece_bytes=len(bomb))
    assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    tracemalloc.stop()


def test_body_of_exactly_the_limit_is_allowed() -> None:
    assert len(decode(gzip.compress(bytes(MIB)), "gzip", max_bytes=MIB)) == MIB
    with pytest.raises(PermanentFetchError, match="too large"):
        decode(gzip.compress(bytes(MIB + 1)), "gzip", max_bytes=MIB)


def test_limit_applies_to_the_compressed_body_too() -> None:
    endless = gzip.compress(b"") + bytes(2 * MIB)
    with pytest.raises(PermanentFetchError, match="too large"):
        decode(endless, "gzip", max_bytes=MIB)


@pytest.mark.parametrize("encoding", ["br", "zstd", "compress", "gzip, gzip", "nonsense"])
def test_unrequested_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(PermanentFetchError, match="asked for"):
        BodyDecoder(URL, encoding, max_bytes=MIB)


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_wrongly_declared_encoding_is_refused(encoding: str) -> None:
    with pytest.raises(PermanentFetchError, match="body is not"):
        decode(b"<html>halo</html>" * 10, encoding)


def test_truncated_body_is_a_transient_error() -> None:
    with pytest.raises(TransientFetchError, match="broke off"):
        decode(gzip.compress(bytes(range(256)) * 100)[:-40], "gzip")
