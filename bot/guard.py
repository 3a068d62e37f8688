"""Which addresses may be fetched at all: how one is written, and where it really leads.

Two looks at each hop. ``Guard.check`` judges the address as written. ``Guard.open_socket`` judges the
address that is about to be connected to, whatever a name resolved to this time. Only a host that the
operator named is spared the second look (``Guard.trusts``).
"""

from __future__ import annotations

import errno
import socket
from bisect import bisect_right
from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple

from yarl import URL

from bot.errors import ConfigError, FeedError

SETTING = "WIREROOM_ALLOW_HOSTS"
USUAL_PORTS = (80, 443, 8080, 8443)
ADDRESS_LIMIT = 2_000
"""Characters of an address; what is longer no server takes either."""

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[Any, ...]]
"""What aiohttp gives a socket factory: one row of ``socket.getaddrinfo``."""

# IANA's special-purpose registries (iana-ipv4-special-registry, iana-ipv6-special-registry) and its
# multicast space. ipaddress.is_private and is_global change between Python versions and miss some.
_SPECIAL: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; cloud metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # not IANA's: the inside of every Azure machine
        "169.254.0.0/16",  # link-local; cloud metadata at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # IETF protocols; cloud metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
        # Public IPv6 is 2000::/3 and nothing else (iana-ipv6-address-space). Below it lie loopback, the
        # forms that embed IPv4 (::/96, NAT64 64:ff9b::/96 and 64:ff9b:1::/48) and discard 100::/64; above
        # it SRv6 5f00::/16, private fc00::/7, link-local fe80::/10, site-local fec0::/10, multicast ff00::/8.
        "::/3",
        "4000::/2",
        "8000::/1",
        "2001::/23",  # IETF protocols: Teredo 2001::/32, benchmarking, ORCHID
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4, which embeds IPv4
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # 6bone, given back
        "3fff::/20",  # documentation
    )
)


def _ranges(version: int) -> tuple[list[int], list[int]]:
    """Turn the list into sorted bounds: every connection is judged, and 35 networks are many to ask."""
    some = sorted(network for network in _SPECIAL if network.version == version)
    return [int(one[0]) for one in some], [int(one[-1]) for one in some]


_RANGES = {version: _ranges(version) for version in (4, 6)}

_NAME_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
_NAME_LIMIT = 253
_LABEL_LIMIT = 63
_QUOTE_LIMIT = 200
_REMEMBERED = 1_000
"""Addresses kept in read form: one fetch asks about its own three times."""


class Forbidden(OSError):
    """A connection was about to lead where nobody may fetch.

    An OSError, because aiohttp tries a name's next address only after one; without the address in its
    text, so that two of them read alike and nothing of the inside is told.
    """

    def __init__(self) -> None:
        super().__init__(errno.EACCES, "not a public address")


class _Allowed(NamedTuple):
    """One entry of the operator's list; without a port it holds on the usual ones."""

    place: str | Network
    port: int | None


def is_special(address: Address) -> bool:
    """Say whether an address is not an ordinary public one; IPv4 mapped into IPv6 counts as itself."""
    plain = _unmapped(address)
    starts, ends = _RANGES[plain.version]
    before = bisect_right(starts, int(plain)) - 1
    return before >= 0 and int(plain) <= ends[before]


def redact(address: str) -> str:
    """Make an address fit for logs and replies: no user info, no query values, one short line."""
    scheme, slashes, rest = address.partition("//")
    if not slashes or set(scheme) & set("@/?#"):
        scheme, slashes, rest = "", "", address
    start, _, query = _without_user(rest).partition("#")[0].partition("?")
    if query:
        start += "?" + "&".join(_without_value(part) for part in query.split("&"))
    line = "".join(letter if letter.isprintable() else "�" for letter in scheme + slashes + start)
    return line if len(line) <= _QUOTE_LIMIT else line[: _QUOTE_LIMIT - 1] + "…"


def _without_user(rest: str) -> str:
    """Cut user info; a path such as /@name is none, unless the host looks like a split password."""
    end = min((at for at in map(rest.find, "/?#\\") if at >= 0), default=len(rest))
    authority = rest[:end]
    if "@" in authority:
        return "…@" + authority.rpartition("@")[2] + rest[end:]
    _, colon, port = authority.rpartition(":")
    if colon and port and not port.isdecimal() and not port.endswith("]") and "@" in rest:
        return "…@" + rest.rpartition("@")[2]
    return rest


def _without_value(part: str) -> str:
    name, equals, _ = part.partition("=")
    return f"{name}=…" if equals else "…"


def canonical(address: str) -> URL:
    """Read an address as a person writes it and bring it to one form.

    Lower-case host in ASCII, no fragment, no default port, no trailing dot; http or https. Raises
    FeedError with a suggestion where there is a likely one; never any other error. Looks at the form
    alone: whether it may be fetched is ``Guard.check``.
    """
    try:
        return _read(address)
    except _Malformed as fault:
        raise FeedError(f"I couldn't open `{redact(address.strip())}`. {fault}{_hint(address)}") from None


class _Malformed(ValueError):
    """An address is none; the text is the sentence that follows “I couldn't open …”."""


def _read(address: str) -> URL:
    text = address.strip()
    if len(text) > ADDRESS_LIMIT:
        raise _Malformed(f"An address has at most {ADDRESS_LIMIT:,} characters.")
    if " " in text or not text.isprintable():
        raise _Malformed("An address has no spaces or line breaks in it.")
    scheme, colon, _ = text.partition("://")
    if not colon or scheme.lower() not in {"http", "https"}:
        raise _Malformed("Addresses start with https://.")
    try:
        url = URL(text)
        # url.host is decoded, which fails for a broken xn-- name.
        host = _read_host(url.raw_host if url.host else None)
    except _Malformed:
        raise
    except ValueError:  # yarl's and idna's; their text is for programmers
        raise _Malformed("That is not a web address. Copy it again from your browser.") from None
    if url.raw_user is not None or url.raw_password is not None:
        raise _Malformed("Leave out the user name and password: everyone here could read them.")
    if url.raw_host != host:
        url = url.with_host(host)
    if url.explicit_port is not None and url.is_default_port():
        url = url.with_port(None)
    if url.raw_path == "/":  # yarl keeps https://host and https://host/ apart
        url = url.with_path("/", keep_query=True)
    return url.with_fragment(None) if url.raw_fragment else url


def _read_host(host: str | None) -> str:
    if not host:
        raise _Malformed("The name of the site is missing.")
    if ":" in host:
        if "%" in host:
            raise _Malformed("An address with a network interface in it works only on one machine.")
        return str(IPv6Address(host))
    name = host.removesuffix(".")
    labels = name.split(".")
    if len(name) > _NAME_LIMIT or not all(0 < len(label) <= _LABEL_LIMIT for label in labels):
        raise _Malformed("That is not the name of a site.")
    if not _NAME_LETTERS.issuperset(name):
        raise _Malformed("That is not the name of a site.")
    # 127.1, 2130706433, 0x7f.1, 0177.0.0.1: the system would take them for IPv4 (WHATWG URL, “ends in
    # a number”), so only the plain form of four decimal numbers is let through.
    numeric = labels[-1].isdecimal() or labels[-1].startswith("0x")
    if numeric and not isinstance(_literal(name), IPv4Address):
        raise _Malformed("Write a numeric address as four plain numbers: 192.0.2.7.")
    return name


def _hint(address: str) -> str:
    likely = suggest(address)
    # A suggestion with its query values hidden would be a wrong one.
    return f" Did you mean `{likely}`?" if likely is not None and redact(likely) == likely else ""


def suggest(address: str) -> str | None:
    """Guess what someone meant who typed ``htps://site`` or ``site/feed``; None without a good guess."""
    text = address.strip()
    scheme, colon, rest = text.partition(":")
    if not colon or not scheme.isalpha() or rest[:1].isdecimal():
        scheme, rest = "", text
    while scheme.lower() == "feed" and rest.lower().startswith(("http:", "https:")):
        scheme, _, rest = rest.partition(":")
    kept = "http" if scheme.lower() == "http" else "https"
    try:
        url = _read(f"{kept}://{rest.lstrip('/')}")
    except _Malformed:
        return None
    likely = str(url) if url.raw_path != "/" or url.raw_query_string else str(url).rstrip("/")
    return likely if "." in (url.raw_host or "") and likely != text else None


class Guard:
    """The rules of one installation: what the operator allows besides public addresses.

    ``allow`` holds entries as written in WIREROOM_ALLOW_HOSTS (a host, an address or a network, each
    with a port or without), ``ports`` the ports fetched from anywhere. A wrong entry is a ConfigError.
    """

    def __init__(self, allow: Iterable[str] = (), ports: Iterable[int] = USUAL_PORTS) -> None:
        entries = [_allowed(text) for text in allow]
        self._ports = frozenset(ports)
        self._names = frozenset(entry for entry in entries if isinstance(entry.place, str))
        self._networks = tuple(
            (entry.place, entry.port) for entry in entries if not isinstance(entry.place, str)
        )

    @property
    def names_hosts(self) -> bool:
        """Say whether there is any host that ``trusts`` could say yes to."""
        return bool(self._names)

    def check(self, address: str) -> URL:
        """Bring an address to one form and refuse it with a FeedError where it may not be fetched."""
        url = canonical(address)
        host, port = url.raw_host or "", url.port or 0
        literal = _literal(host)
        if literal is None:
            if port not in self._ports and not self.trusts(url):
                raise self._wrong_port(url)
        elif not self._permits(literal, port):
            raise refusal(url)
        elif port not in self._ports and not self._within(_unmapped(literal), port):
            raise self._wrong_port(url)
        return url

    def trusts(self, url: URL) -> bool:
        """Say whether the operator named this very host, so that its name may lead anywhere."""
        if not self._names:
            return False
        host, port = url.raw_host or "", url.port or 0
        return _Allowed(host, port) in self._names or (
            port in self._ports and _Allowed(host, None) in self._names
        )

    def open_socket(self, info: AddrInfo) -> socket.socket:
        """Make the socket for one attempt to connect, or raise Forbidden: aiohttp's socket factory."""
        family, kind, protocol, _, (host, port, *_) = info
        literal = _literal(host)
        if literal is None or not self._permits(literal, port):
            raise Forbidden
        return socket.socket(family, kind, protocol)

    def _permits(self, address: Address, port: int) -> bool:
        return not is_special(address) or self._within(_unmapped(address), port)

    def _within(self, address: Address, port: int) -> bool:
        return any(
            address in network and (port in self._ports if allowed is None else port == allowed)
            for network, allowed in self._networks
        )

    def _wrong_port(self, url: URL) -> Refused:
        usual = ", ".join(str(port) for port in sorted(self._ports))
        return Refused(
            f"I don't fetch from port {url.port}, only from {usual}. "
            f"An operator can allow it with {SETTING}={_place(url)}."
        )


class Refused(FeedError):
    """The rules keep an address from being fetched, however it is written."""


def refusal(url: URL) -> Refused:
    """Say that an address leads inside: the same words whether or not anything answers there."""
    return Refused(
        "That address points inside this server's own network, so I won't fetch it. "
        f"An operator can allow it with {SETTING}={_place(url)}."
    )


def _place(url: URL) -> str:
    return url.host_port_subcomponent or ""


@lru_cache(maxsize=_REMEMBERED)
def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _unmapped(address: Address) -> Address:
    """Take IPv4 out of ::ffff:0:0/96: the system connects to the embedded address."""
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


def _allowed(text: str) -> _Allowed:
    place, port = _split_port(text)
    try:
        return _Allowed(ip_network(place), port)
    except ValueError:
        pass  # a name, then
    try:
        # Through yarl, so that a name is compared in the form that addresses are brought to.
        return _Allowed(_read_host(URL(f"http://{place}/").raw_host if "/" not in place else None), port)
    except ValueError:
        raise _wrong_entry(text) from None


def _split_port(text: str) -> tuple[str, int | None]:
    if text.startswith("["):
        place, bracket, rest = text[1:].partition("]")
        if not bracket:
            raise _wrong_entry(text)
    elif text.count(":") == 1:
        place, _, port = text.partition(":")
        rest = f":{port}"
    else:
        return text, None
    if not rest:
        return place, None
    digits = rest.removeprefix(":")
    if digits == rest or not (digits.isascii() and digits.isdecimal() and 0 < int(digits) < 2**16):
        raise _wrong_entry(text)
    return place, int(digits)


def _wrong_entry(text: str) -> ConfigError:
    return ConfigError(
        f"{SETTING}: “{redact(text)}” is no host or network. "
        "Write for example 127.0.0.1:8000, wiki.local, 10.0.0.0/8 or [::1]:9000."
    )
