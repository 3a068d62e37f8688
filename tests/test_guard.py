"""Which addresses may be fetched: their form, where they lead, and what the operator allows."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from bot.errors import ConfigError, FeedError
from bot.guard import _SPECIAL, Address, Forbidden, Guard, canonical, is_special, redact, refusal, suggest

INSIDE = "That address points inside this server's own network, so I won't fetch it. An operator can allow it"
ODD = st.text(st.characters() | st.sampled_from("htps:/@[]%.?#\\0x1f:"), max_size=60)
ODD_ADDRESSES = ODD | ODD.map("http://{}".format) | ODD.map("https://host.example/{}".format)


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("HTTPS://WWW.Example.COM", "https://www.example.com/"),
        ("http://example.com:80/a?b=c#d", "http://example.com/a?b=c"),
        ("https://example.com:443/", "https://example.com/"),
        ("https://example.com:8443/", "https://example.com:8443/"),
        ("https://bücher.example/ä", "https://xn--bcher-kva.example/%C3%A4"),
        ("https://example.com./feed", "https://example.com/feed"),
        ("  https://example.com/feed\n", "https://example.com/feed"),
        ("http://[2606:4700::00:1111]/", "http://[2606:4700::1111]/"),
        ("https://medium.com/feed/@someone", "https://medium.com/feed/@someone"),
        ("https://example.com?page=feed", "https://example.com/?page=feed"),
    ],
)
def test_one_form(written: str, form: str) -> None:
    """Addresses that mean the same are brought to one form."""
    assert str(canonical(written)) == form


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("htps://scmp.com", "https://scmp.com"),
        ("scmp.com/feed", "https://scmp.com/feed"),
        ("//scmp.com/feed", "https://scmp.com/feed"),
        ("http:////scmp.com", "http://scmp.com"),
        ("http:/scmp.com/feed", "http://scmp.com/feed"),
        ("feed:https://scmp.com/feed", "https://scmp.com/feed"),
        ("feed://scmp.com/feed", "https://scmp.com/feed"),
        ("scmp.com:8080/feed", "https://scmp.com:8080/feed"),
    ],
)
def test_typing_error(typed: str, meant: str) -> None:
    """A typing error is answered with the address that was likely meant, which is a good one."""
    with pytest.raises(FeedError) as refused:
        canonical(typed)
    assert str(refused.value).startswith(f"I couldn't open `{typed}`. ")
    assert str(refused.value).endswith(f" Did you mean `{meant}`?")
    assert canonical(meant)
    assert suggest(typed) == meant


def test_sentence_for_a_wrong_scheme() -> None:
    """The sentence for a mistyped scheme reads as the chat design has it."""
    with pytest.raises(FeedError) as refused:
        canonical("htps://scmp.com")
    assert str(refused.value) == (
        "I couldn't open `htps://scmp.com`. Addresses start with https://. Did you mean `https://scmp.com`?"
    )


@pytest.mark.parametrize(
    "address",
    [
        "",
        "https://",
        "http:////",
        "//",
        "https:///feed",
        "https://a..example/",
        "https://%31.example/",
        "https://host.example:port/",
        "https://host.example:99999/",
        "https://exa mple.com/",
        "https://example.com/a b",
        "https://example.com/\r\nHost: other",
        "https://example.com\\@other.example/",
        "https://\ud800.example/",
        "https://xn--/",
        f"https://{'a' * 64}.example/",
        f"https://{'a.' * 140}example/",
        f"https://example.com/{'a' * 2_000}",
        "http://[::1",
        "http://[1.2.3.4]/",
        "http://[fe80::1%25eth0]/",
        "ftp://example.com/feed",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/xml,<rss/>",
    ],
)
def test_no_address(address: str) -> None:
    """What is no address for the web is refused in a sentence."""
    with pytest.raises(FeedError, match=r"^I couldn't open `"):
        canonical(address)


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "127.1", "0177.0.0.1", "1.2.3.4.5", "256.1.1.1"]
)
def test_other_spellings_of_numbers(host: str) -> None:
    """A numeric host in any form but four plain numbers is refused, whatever the operator allows."""
    with pytest.raises(FeedError, match="four plain numbers"):
        Guard(["0.0.0.0/0"]).check(f"http://{host}/")


@given(ODD_ADDRESSES)
@example("//host/")
@example("http:////host")
def test_nothing_but_feed_errors(address: str) -> None:
    """Whatever is typed, the answer is a canonical address or a FeedError, and the form is final."""
    try:
        url = Guard(["10.0.0.0/8"]).check(address)
    except FeedError:
        return
    assert canonical(str(url)) == url


@pytest.mark.parametrize(
    "address",
    ["https://maria:canary@example.com/", "https://canary@example.com/", "https://m:can/ary@example.com/"],
)
def test_user_info(address: str) -> None:
    """User info in an address is refused, and the refusal does not repeat it."""
    with pytest.raises(FeedError) as refused:
        canonical(address)
    assert "ary" not in str(refused.value)


SECRET = st.text(st.sampled_from("canaryCANARY0123456789-_.~"), min_size=6, max_size=20)


@given(SECRET)
def test_redaction(secret: str) -> None:
    """User info and query values are never shown, and what is shown is one line."""
    for address in (
        f"https://user:{secret}!@example.com/feed",
        f"https://{secret}!@example.com/feed",
        f"user:{secret}!@example.com/feed//x",
        f"https://user:{secret}!/x@example.com/",
        f"https://example.com/feed?token={secret}!&{secret}!#{secret}!",
        f"htps://example.com/feed?a=1&b={secret}!\nnext",
    ):
        shown = redact(address)
        assert f"{secret}!" not in shown
        assert "example.com" in shown
        assert shown.isprintable()


def test_redaction_keeps_what_is_no_secret() -> None:
    """A path with @ and the names in a query stay readable."""
    assert (
        redact("https://social.example/@name.rss?format=xml&page")
        == "https://social.example/@name.rss?format=…&…"
    )


@given(st.ip_addresses(v=4) | st.ip_addresses(v=6))
def test_no_weaker_than_the_standard_library(address: Address) -> None:
    """What ipaddress calls private, reserved, multicast or link-local is never taken for public."""
    known = (
        address.is_private,
        address.is_reserved,
        address.is_multicast,
        address.is_loopback,
        address.is_link_local,
        address.is_unspecified,
    )
    if any(known) and not (isinstance(address, IPv6Address) and address.ipv4_mapped):
        assert is_special(address)


@given(st.ip_addresses(v=4))
def test_mapped_addresses(address: IPv4Address) -> None:
    """IPv4 mapped into IPv6 is judged as the IPv4 address it leads to; compatible forms lead nowhere."""
    assert is_special(IPv6Address(f"::ffff:{address}")) == is_special(address)
    assert is_special(IPv6Address(f"::{address}"))


TRAP_11 = [
    "0.0.0.0",  # noqa: S104 - nothing is bound to it, it is refused
    "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.255", "168.63.129.16",
    "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255",
    "240.0.0.1", "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:7f00:1", "::ffff:a9fe:a9fe",
    "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "100::1", "2001::1", "2001:0:7f00:1::", "2001:2::1",
    "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254",
    "fe80::1", "fec0::1", "ff02::1",
]  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1", "168.63.129.17",
          "2606:4700::1111", "2a00:1450:4001::1", "2001:4860:4860::8888"]  # fmt: skip


@pytest.mark.parametrize("address", TRAP_11)
def test_special_addresses_as_written(address: str) -> None:
    """No special address is fetched, in IPv4 or any IPv6 form; the refusal names the setting."""
    url = URL.build(scheme="http", host=address, path="/feed")
    with pytest.raises(FeedError) as refused:
        Guard().check(str(url))
    assert str(refused.value).startswith(f"{INSIDE} with WIREROOM_ALLOW_HOSTS=")


@pytest.mark.parametrize("address", TRAP_11)
def test_special_addresses_when_connecting(address: str) -> None:
    """No socket is made for a special address, whatever name led there, and the error tells nothing."""
    with pytest.raises(Forbidden) as refused:
        Guard().open_socket(_info(address, 80)).close()
    assert address not in str(refused.value)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    """Public addresses next to the special ones are fetched."""
    assert Guard().check(str(URL.build(scheme="http", host=address, path="/")))
    assert not is_special(ip_address(address))
    if ":" not in address:  # a machine without IPv6 makes no such socket
        Guard().open_socket(_info(address, 443)).close()


def test_scoped_addresses_when_connecting() -> None:
    """A resolver's address with a network interface in it is link-local and refused."""
    with pytest.raises(Forbidden):
        Guard().open_socket(_info("fe80::1%lo", 80))


def test_refusal_names_host_and_port() -> None:
    """The refusal names what the operator would have to allow, and doing so lets the address through."""
    with pytest.raises(FeedError) as refused:
        Guard().check("http://127.0.0.1:8000/feed?key=canary")
    assert str(refused.value) == f"{INSIDE} with WIREROOM_ALLOW_HOSTS=127.0.0.1:8000."
    assert str(refusal(URL("http://[::1]/"))) == f"{INSIDE} with WIREROOM_ALLOW_HOSTS=[::1]."
    assert Guard(["127.0.0.1:8000"]).check("http://127.0.0.1:8000/feed")
    assert Guard(["[::1]"]).check("http://[::1]/")


@pytest.mark.parametrize("port", [22, 25, 81, 6379, 8000, 65535])
def test_ports(port: int) -> None:
    """Only the usual ports are fetched from, and the refusal says how to allow another one."""
    with pytest.raises(FeedError, match=f"WIREROOM_ALLOW_HOSTS=example.com:{port}"):
        Guard().check(f"http://example.com:{port}/")
    assert Guard([f"example.com:{port}"]).check(f"http://example.com:{port}/")
    assert Guard(ports=[port]).check(f"http://example.com:{port}/")


@pytest.mark.parametrize(
    ("entry", "through", "not_through"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:8000/", "http://127.0.0.1/"),
        ("127.0.0.1:8000", "http://[::ffff:127.0.0.1]:8000/", "http://127.0.0.2:8000/"),
        ("127.0.0.1", "http://127.0.0.1:8080/", "http://127.0.0.1:8000/"),
        ("10.0.0.0/8", "https://10.9.8.7/", "https://11.0.0.1:9000/"),
        ("10.0.0.0/8:9000", "http://10.9.8.7:9000/", "http://10.9.8.7/"),
        ("[::1]:9000", "http://[::1]:9000/", "http://[::1]/"),
        ("fd00::/8", "http://[fd12::1]/", "http://[fc00::1]/"),
        ("[fd00::/8]:9000", "http://[fd12::1]:9000/", "http://[fd12::1]/"),
        ("wiki.local:9000", "http://WIKI.local.:9000/", "http://wiki.local:9001/"),
        ("Wiki.Local", "http://wiki.local:8080/", "http://other.wiki.local:9000/"),
        ("bücher.local:81", "http://bücher.local:81/", "http://bucher.local:81/"),
    ],
)
def test_allow_list(entry: str, through: str, not_through: str) -> None:
    """An entry lets its own host or network through, on its own port or the usual ones, and no other."""
    guard = Guard([entry])
    assert guard.check(through)
    with pytest.raises(FeedError):
        guard.check(not_through)


def test_named_host_is_trusted_and_no_other() -> None:
    """Only a host the operator named is spared the look at where it leads."""
    guard = Guard(["wiki.local", "files.local:9000", "10.0.0.0/8"])
    assert guard.names_hosts
    assert guard.trusts(URL("https://wiki.local/feed"))
    assert guard.trusts(URL("http://files.local:9000/"))
    for address in (
        "http://files.local/",
        "http://wiki.local:9000/",
        "http://a.wiki.local/",
        "http://10.0.0.1/",
    ):
        assert not guard.trusts(URL(address))
    assert not Guard(["10.0.0.0/8"]).names_hosts


def test_allowed_network_when_connecting() -> None:
    """A network entry holds for the address connected to, port included."""
    guard = Guard(["127.0.0.1:8000"])
    guard.open_socket(_info("127.0.0.1", 8000)).close()
    for address, port in (("127.0.0.1", 80), ("127.0.0.2", 8000)):
        with pytest.raises(Forbidden):
            guard.open_socket(_info(address, port))


@pytest.mark.parametrize(
    "entry",
    ["", "a b", "*.local", "http://wiki.local", "wiki.local/feed", "10.0.0.5/8", "wiki.local:0",
     "wiki.local:99999", "wiki.local:http", "[::1", "[::1]9000", "127.1", "u:p@wiki.local"],
)  # fmt: skip
def test_wrong_allow_list(entry: str) -> None:
    """A wrong entry is the operator's to mend: the error names the setting and shows how to write it."""
    with pytest.raises(
        ConfigError, match=r"^WIREROOM_ALLOW_HOSTS: .* is no host or network\. Write for example"
    ):
        Guard([entry])


def _info(
    address: str, port: int
) -> tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int]]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port)


def test_the_list_of_special_networks_is_disjoint() -> None:
    """No network of the list lies within another: the search by bounds would miss what is behind it."""
    for version in (4, 6):
        some = [network for network in _SPECIAL if network.version == version]
        for one, other in combinations(some, 2):
            assert not one.overlaps(other), f"{one} {other}"
