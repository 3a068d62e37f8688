"""Undo an answer's Content-Encoding step by step, never past a limit: a bomb stops early.

1.6 KB of brotli may hold 1 GiB. So each engine gives at most ``STEP`` bytes at a time, and what it has
given is counted before it is asked for more.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import brotli  # type: ignore[import-untyped] # it ships no types
from backports.zstd import DecompressionParameter, ZstdDecompressor, ZstdError

from bot.errors import FeedError

ACCEPTED = "gzip, deflate, br, zstd"
"""What to send as Accept-Encoding."""

BROKE_OFF = "The answer broke off before its end."
STEP = 64 * 1024
_LAYERS_LIMIT = 2
# Each further gzip member or zstd frame copies what is left of the input; real answers have one or two.
_MEMBERS_LIMIT = 1_000
_GZIP_MAGIC = b"\x1f\x8b"
_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
# RFC 9659: a zstd answer needs a window of at most 8 MB. More would be memory for the asking.
_ZSTD_OPTIONS: dict[int, int] = {DecompressionParameter.window_log_max: 23}


class Decoder:
    """The packing of one answer, taken off piece by piece.

    ``limit`` bounds, in bytes, what arrives and what each layer gives. Every error is a FeedError.
    Encodings that nobody registered (``utf-8``, ``none``) mean nothing, as in browsers.
    """

    def __init__(self, content_encoding: str, limit: int) -> None:
        names = [name.strip().lower() for name in content_encoding.split(",")] if content_encoding else []
        # The last one named was put on last, so it comes off first (RFC 9110, 8.4).
        self._layers = [_LAYERS[name]() for name in reversed(names) if name in _LAYERS]
        if len(self._layers) > _LAYERS_LIMIT:
            raise FeedError("The site packed its answer more than twice over, so I didn't unpack it.")
        self._limit = limit
        self._passed = [0] * (len(self._layers) + 1)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take what arrived and give what it holds, in pieces of about ``STEP`` bytes."""
        try:
            yield from self._through(0, data)
        except (zlib.error, brotli.error, ZstdError):
            raise FeedError("The site's answer is damaged: it can't be unpacked.") from None

    def finish(self) -> None:
        """Raise FeedError unless every layer came to its end."""
        if not all(layer.whole for layer in self._layers):
            raise FeedError(BROKE_OFF)

    def _through(self, depth: int, data: bytes) -> Iterator[bytes]:
        self._passed[depth] += len(data)
        if self._passed[depth] > self._limit:
            raise too_big(self._limit)
        if depth == len(self._layers):
            yield data
            return
        for piece in self._layers[depth].feed(data):
            yield from self._through(depth + 1, piece)


def too_big(limit: int) -> FeedError:
    """Say that an answer is larger than anyone's feed."""
    return FeedError(f"The answer is larger than {limit / 2**20:g} MiB, so I stopped reading it.")


class _Layer(Protocol):
    """One encoding of an answer."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take packed bytes and give unpacked ones."""

    @property
    def whole(self) -> bool:
        """Say whether the data may end here."""


class _Stream(Protocol):
    """One packed stream, which knows its end."""

    ended: bool
    rest: bytes
    """What came after the end."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take packed bytes and give unpacked ones."""


class _Zlib:
    """A gzip member, a zlib stream or raw deflate, as ``wbits`` says."""

    def __init__(self, wbits: int) -> None:
        self._engine = zlib.decompressobj(wbits)
        self.ended = False
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self.ended:
            piece = self._engine.decompress(data, STEP)
            data = self._engine.unconsumed_tail
            self.ended, self.rest = self._engine.eof, self._engine.unused_data
            if piece:
                yield piece
            if not data and len(piece) < STEP:
                return


class _Zstd:
    """A zstd frame."""

    def __init__(self) -> None:
        self._engine = ZstdDecompressor(options=_ZSTD_OPTIONS)
        self.ended = False
        self.rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self.ended:
            piece = self._engine.decompress(data, STEP)
            data = b""
            self.ended = self._engine.eof
            self.rest = self._engine.unused_data if self.ended else b""
            if piece:
                yield piece
            if self._engine.needs_input:
                return


class _Brotli:
    """A brotli stream; there is only one, and nothing follows it."""

    def __init__(self) -> None:
        self._engine = brotli.Decompressor()

    def feed(self, data: bytes) -> Iterator[bytes]:
        while not self.whole:
            piece: bytes = self._engine.process(data, output_buffer_limit=STEP)
            data = b""
            if piece:
                yield piece
            if self._engine.can_accept_more_data():
                return

    @property
    def whole(self) -> bool:
        return bool(self._engine.is_finished())


class _Deflate:
    """Deflate with a zlib header, as RFC 9110 has it, or raw, as some servers send it."""

    def __init__(self) -> None:
        self._stream: _Zlib | None = None
        self._head = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._stream is None:
            self._head += data
            if len(self._head) < 2:  # noqa: PLR2004 - the length of zlib's header
                return
            data, first, both = self._head, self._head[0], int.from_bytes(self._head[:2], "big")
            has_header = first & 0x0F == zlib.DEFLATED and both % 31 == 0  # RFC 1950, 2.2
            self._stream = _Zlib(zlib.MAX_WBITS if has_header else -zlib.MAX_WBITS)
        yield from self._stream.feed(data)

    @property
    def whole(self) -> bool:
        return self._stream.ended if self._stream else not self._head


class _Plain:
    """Bytes that were never packed."""

    ended = False
    rest = b""

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data


class _Members:
    """Gzip members or zstd frames, one after another, each beginning with a magic number.

    Without the magic at the very beginning the body was never packed, whatever the header says (a page
    out of a cache, an error page): it passes as it is. What follows the last member is ignored.
    """

    def __init__(self, magic: bytes, start: Callable[[], _Stream]) -> None:
        self._magic = magic
        self._start = start
        self._stream: _Stream | None = None
        self._held = b""
        self._members = 0
        self._over = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        data, self._held = self._held + data, b""
        while data and not self._over:
            if self._stream is None:
                if len(data) < len(self._magic) and self._magic.startswith(data):
                    self._held = data
                    return
                self._stream = self._next(data)
                if self._stream is None:
                    self._over = True
                    return
            yield from self._stream.feed(data)
            if not self._stream.ended:
                return
            data, self._stream = self._stream.rest, None

    @property
    def whole(self) -> bool:
        if self._stream is None:
            return self._members > 0 or not self._held
        return isinstance(self._stream, _Plain)

    def _next(self, data: bytes) -> _Stream | None:
        if not data.startswith(self._magic):
            return None if self._members else _Plain()
        self._members += 1
        if self._members > _MEMBERS_LIMIT:
            raise FeedError(f"The site's answer is packed in more than {_MEMBERS_LIMIT:,} pieces.")
        return self._start()


def _gzip() -> _Layer:
    return _Members(_GZIP_MAGIC, lambda: _Zlib(16 + zlib.MAX_WBITS))


def _zstd() -> _Layer:
    return _Members(_ZSTD_MAGIC, _Zstd)


_LAYERS: dict[str, Callable[[], _Layer]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,
    "deflate": _Deflate,
    "br": _Brotli,
    "zstd": _zstd,
}
