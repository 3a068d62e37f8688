"""Taking an answer's packing off: every encoding, in pieces, never past the limit."""

from __future__ import annotations

import gzip
import io
import tracemalloc
import zlib
from collections import deque
from collections.abc import Callable

import brotli  # type: ignore[import-untyped] # it ships no types
import pytest
from backports import zstd
from hypothesis import given
from hypothesis import strategies as st

from bot.decode import Decoder
from bot.errors import FeedError

Pack = Callable[[bytes], bytes]
MIB = 2**20


def _raw_deflate(data: bytes) -> bytes:
    return zlib.compress(data, wbits=-zlib.MAX_WBITS)


PACKINGS: list[tuple[str, Pack]] = [
    ("", bytes),
    ("identity", bytes),
    ("gzip", gzip.compress),
    ("X-GZIP", gzip.compress),
    ("deflate", zlib.compress),
    ("deflate", _raw_deflate),
    ("br", brotli.compress),
    ("zstd", zstd.compress),
    ("gzip, br", lambda data: brotli.compress(gzip.compress(data))),
    ("deflate,zstd", lambda data: zstd.compress(zlib.compress(data))),
    ("gzip", lambda data: gzip.compress(data[:7]) + gzip.compress(data[7:])),
    ("zstd", lambda data: zstd.compress(data[:7]) + zstd.compress(data[7:])),
]
PACKED = [packing for packing in PACKINGS if packing[1] is not bytes]


def unpack(encoding: str, packed: bytes, *, step: int = 64 * 1024, limit: int = MIB) -> bytes:
    """Feed a whole answer, in pieces of a step."""
    decoder = Decoder(encoding, limit)
    pieces = [piece for at in range(0, len(packed), step) for piece in decoder.feed(packed[at : at + step])]
    decoder.finish()
    return b"".join(pieces)


@given(st.sampled_from(PACKINGS), st.binary(max_size=300), st.integers(1, 50), st.integers(1, 2_000))
def test_every_encoding(packing: tuple[str, Pack], data: bytes, step: int, repeat: int) -> None:
    """What was packed comes out whole, however the network cut it."""
    encoding, pack = packing
    whole = data * repeat
    assert unpack(encoding, pack(whole), step=step * 100 if len(whole) > 10_000 else step) == whole


@given(st.sampled_from(PACKED), st.binary(min_size=1, max_size=300), st.data())
def test_broken_off(packing: tuple[str, Pack], data: bytes, draw: st.DataObject) -> None:
    """A packed answer that ends before its end is an error, never a shorter document."""
    encoding, pack = packing
    packed = pack(data)
    kept = packed[: draw.draw(st.integers(1, len(packed) - 1))]
    try:
        given_out = unpack(encoding, kept)
    except FeedError:
        return
    # Cut between two members, or within the magic number of the second: whole as far as one can tell.
    assert given_out == data[:7]


@given(st.sampled_from(["gzip", "deflate", "br", "zstd", "br, gzip"]), st.binary(max_size=500))
def test_noise(encoding: str, noise: bytes) -> None:
    """Bytes that are no packing raise FeedError and nothing else, or pass as the plain body they are."""
    try:
        unpack(encoding, noise)
    except FeedError:
        return


@pytest.mark.parametrize("encoding", ["gzip", "zstd", "utf-8", "none", "UTF-8, gzip"])
def test_plain_body(encoding: str) -> None:
    """A body that was never packed is taken as it is, whatever the header says."""
    assert unpack(encoding, b"<rss/>", step=1) == b"<rss/>"


@pytest.mark.parametrize("rest", [b"\0" * 100, b"<!-- cached -->", b"\x1f"])
def test_after_the_last_member(rest: bytes) -> None:
    """What a server adds behind the packed document is ignored."""
    assert unpack("gzip", gzip.compress(b"<rss/>") + rest, step=1) == b"<rss/>"


def _gzip_bomb() -> bytes:
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", compresslevel=9) as file:
        for _ in range(64):
            file.write(bytes(MIB))
    return buffer.getvalue()


def _brotli_bomb() -> bytes:
    compressor = brotli.Compressor(quality=5)
    pieces = [compressor.process(bytes(MIB)) for _ in range(64)]
    return b"".join([*pieces, compressor.finish()])


def _zstd_bomb() -> bytes:
    compressor = zstd.ZstdCompressor()
    pieces = [compressor.compress(bytes(MIB)) for _ in range(64)]
    return b"".join([*pieces, compressor.flush()])


@pytest.mark.parametrize(
    ("encoding", "make"),
    [
        ("gzip", _gzip_bomb),
        ("br", _brotli_bomb),
        ("zstd", _zstd_bomb),
        ("gzip, gzip", lambda: gzip.compress(_gzip_bomb())),
        ("zstd, br", lambda: brotli.compress(_zstd_bomb())),
    ],
)
def test_bombs(encoding: str, make: Callable[[], bytes]) -> None:
    """64 MiB in one small answer stop at the limit, and little memory is ever taken (trap 10)."""
    bomb = make()
    assert len(bomb) < 100_000
    pieces = Decoder(encoding, MIB).feed(bomb)
    tracemalloc.start()
    try:
        with pytest.raises(FeedError, match="larger than 1 MiB"):
            deque(pieces, maxlen=0)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MIB


def test_bomb_between_layers() -> None:
    """A layer that swells and then gives nothing to the next one is stopped as well."""
    empty_members = gzip.compress(gzip.compress(b"", mtime=0) * 100_000)
    with pytest.raises(FeedError):
        unpack("gzip, gzip", empty_members)


def test_many_members() -> None:
    """An answer in thousands of pieces, each costing a copy of the rest, is not read to its end."""
    with pytest.raises(FeedError, match="more than 1,000 pieces"):
        unpack("gzip", gzip.compress(b"", mtime=0) * 1_001)


def test_limit_is_exact() -> None:
    """A document of exactly the limit is read; one byte more is not, packed or plain."""
    for encoding, pack in PACKINGS:
        assert len(unpack(encoding, pack(bytes(5_000)), limit=5_000)) == 5_000
        with pytest.raises(FeedError, match="larger than"):
            unpack(encoding, pack(bytes(5_001)), limit=5_000)


def test_zstd_window() -> None:
    """A frame that asks for more memory than the 8 MB of RFC 9659 is refused."""
    options = {zstd.CompressionParameter.window_log: 27, zstd.CompressionParameter.compression_level: 1}
    compressor = zstd.ZstdCompressor(options={int(key): value for key, value in options.items()})
    with pytest.raises(FeedError, match="damaged"):
        unpack("zstd", compressor.compress(b"<rss/>") + compressor.flush())


def test_too_many_layers() -> None:
    """A body packed three times over is not unpacked."""
    with pytest.raises(FeedError, match="more than twice"):
        Decoder("gzip, br, gzip", MIB)
