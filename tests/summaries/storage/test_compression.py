from __future__ import annotations

import io
import os
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.storage.compression import compress, decompress, open_to_read, open_to_write, zstd

TEXT = b"Harga beras naik di Pasar Induk Cipinang. " * 100
# Without a dictionary, as files are. Texts can be such frames, too.
FRAME = zstd.compress(TEXT)


def frame_with_large_window() -> bytes:
    parameter = zstd.CompressionParameter
    compressor = zstd.ZstdCompressor(options={parameter.window_log: 27, parameter.content_size_flag: 0})
    return compressor.compress(TEXT) + compressor.flush()


HOSTILE = {
    "empty": (b"", "truncated"),
    "truncated": (FRAME[:-1], "truncated"),
    "another format": (b"PK\x03\x04" + bytes(40), "damaged"),
    "damaged": (FRAME[:9] + b"\xff\xff\xff" + FRAME[12:], "damaged"),
    "two frames": (FRAME * 2, "follows"),
    "bomb": (zstd.compress(bytes(2**20)), "more than 10000 bytes"),
    "too large a window": (frame_with_large_window(), "damaged"),
}


@given(st.binary(max_size=200))
def test_data_comes_back(data: bytes) -> None:
    assert decompress(compress(data), len(data)) == data


def test_a_short_text_becomes_smaller_by_usual_phrases() -> None:
    short = b"Pemerintah menyatakan bahwa harga beras di seluruh Indonesia sudah turun sejak pekan lalu."
    assert len(compress(short)) < 0.6 * len(short) < 0.9 * len(zstd.compress(short))


def test_a_text_of_another_dictionary_is_refused() -> None:
    other = zstd.ZstdDict(zstd.finalize_dict(zstd.ZstdDict(TEXT, is_raw=True), [TEXT] * 9, 5_000, 3).dict_content)
    with pytest.raises(ValueError, match="Dictionary"):
        decompress(zstd.compress(TEXT, zstd_dict=other), 10_000)


@pytest.mark.parametrize(("data", "reason"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_data_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        decompress(data, 10_000)


@pytest.mark.parametrize("parts", [[], [TEXT], [os.urandom(2_500), bytes(50_000), TEXT]], ids=len)
def test_a_file_comes_back_line_by_line(parts: list[bytes]) -> None:
    target = io.BytesIO()
    with closing(open_to_write(target)) as file:
        for part in [b"", *parts]:
            file.write(part)
    target.seek(0)
    assert b"".join(open_to_read(target)) == b"".join(parts)


@pytest.mark.parametrize("name", ["empty", "truncated", "another format", "damaged", "too large a window"])
def test_hostile_file_is_refused(name: str) -> None:
    with pytest.raises((zstd.ZstdError, EOFError)):
        open_to_read(io.BytesIO(HOSTILE[name][0])).read(10_000)


def test_a_changed_byte_of_a_file_is_noticed() -> None:
    target = io.BytesIO()
    with closing(open_to_write(target)) as file:
        file.write(os.urandom(100))
    data = bytearray(target.getvalue())
    # In the random bytes, which are stored as they are: only the checksum shows it.
    data[50] ^= 1
    with pytest.raises(zstd.ZstdError):
        open_to_read(io.BytesIO(data)).read()
