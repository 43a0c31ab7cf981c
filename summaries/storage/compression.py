"""Zstandard compression of stored texts and backups.

A compressed value may come from a file of someone else. Decompression therefore takes a limit for the result, and
limits its own memory.
"""

from __future__ import annotations

import sys
from functools import cache
from importlib.resources import files
from typing import BinaryIO

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

__all__ = ["compress", "compress_file", "decompress", "decompress_file", "zstd"]

# A text is compressed once and read for years. Higher levels save under one percent and take several times as long.
LEVEL = 9
# A frame has the number of its dictionary: texts that were compressed with another one cannot be read without it.
DICTIONARY = "texts.zdict"
# A backup is written while the bot works: most of the gain for little time.
FILE_LEVEL = 3
# The binary logarithm of the most bytes of the result to which compressed data may refer. Decompression keeps as many
# in memory: 8 MiB.
MAX_WINDOW_LOG = 23
CHUNK_BYTES = 1024 * 1024
_LIMITS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: MAX_WINDOW_LOG}


def compress(data: bytes) -> bytes:
    """Return the data, an Indonesian text, compressed as one frame."""
    return zstd.compress(data, LEVEL, zstd_dict=_load_dictionary().as_digested_dict)


def decompress(data: bytes, max_bytes: int) -> bytes:
    """Return the data of a frame from `compress`.

    Raises:
        ValueError: the frame is damaged or truncated, something follows it, or the result exceeds `max_bytes`.
    """
    decompressor = zstd.ZstdDecompressor(zstd_dict=_load_dictionary(), options=_LIMITS)
    try:
        found = decompressor.decompress(data, max_bytes + 1)
    except zstd.ZstdError as error:
        raise ValueError(f"compressed data is damaged: {error}") from error
    if len(found) > max_bytes:
        raise ValueError(f"compressed data has more than {max_bytes} bytes")
    if not decompressor.eof or decompressor.unused_data:
        raise ValueError("compressed data is truncated, or something follows it")
    return found


def compress_file(source: BinaryIO, target: BinaryIO) -> None:
    """Write the rest of `source` to `target` as one compressed frame with a checksum.

    Raises:
        OSError: a file cannot be read or written.
    """
    parameter = zstd.CompressionParameter
    compressor = zstd.ZstdCompressor(options={parameter.compression_level: FILE_LEVEL, parameter.checksum_flag: 1})
    while chunk := source.read(CHUNK_BYTES):
        target.write(compressor.compress(chunk))
    target.write(compressor.flush())


def decompress_file(source: BinaryIO, target: BinaryIO, max_bytes: int) -> None:
    """Write the data of the compressed frame in `source` to `target`, a bounded part at a time.

    Raises:
        ValueError: see `decompress`. Part of the data may have been written.
        OSError: a file cannot be read or written.
    """
    decompressor = zstd.ZstdDecompressor(options=_LIMITS)
    left = max_bytes
    while not decompressor.eof:
        chunk = source.read(CHUNK_BYTES) if decompressor.needs_input else b""
        if decompressor.needs_input and not chunk:
            raise ValueError("compressed data is truncated")
        try:
            found = decompressor.decompress(chunk, CHUNK_BYTES)
        except zstd.ZstdError as error:
            raise ValueError(f"compressed data is damaged: {error}") from error
        left -= len(found)
        if left < 0:
            raise ValueError(f"compressed data has more than {max_bytes} bytes")
        target.write(found)
    if decompressor.unused_data or source.read(1):
        raise ValueError("something follows the compressed data")


@cache
def _load_dictionary() -> zstd.ZstdDict:
    return zstd.ZstdDict(files("summaries.storage").joinpath("data", DICTIONARY).read_bytes())
