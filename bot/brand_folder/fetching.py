"""Reading one page that a person named: once, for a limited time, from where the address says and nowhere else.

The machine that answers is chosen before the request: its name is looked up once, every address behind it must be a
public one, and the connection goes to that very address. So neither a name nor a redirect leads into the network
that Signoff runs in.
"""

from __future__ import annotations

import ipaddress
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot import VERSION
from bot.brand_folder.pages import Copy, PageUnreachable, is_loopback, tidy
from bot.words import say

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 5_000_000
#: Seconds for a whole page, redirects included.
SECONDS = 30.0
_REDIRECTS = 5
_KINDS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".md",
    "application/pdf": ".pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
}
PICTURES = {"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
#: Not for the public, though some versions of Python take them for it: assignments to protocols (RFC 6890), among which
#: a cloud keeps its machines' keys (192.0.0.192), relays to IPv6 (RFC 7526) and documentation (RFC 9637).
_ALSO_INSIDE = tuple(map(ipaddress.ip_network, ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")))
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolve = Callable[[str, int], Sequence[str]]


def fetch(
    url: str,
    now: datetime,
    *,
    seconds: float = SECONDS,
    resolve: Resolve | None = None,
    kinds: Mapping[str, str] = _KINDS,
) -> Copy:
    """Return a page as it is now. Raises PageUnreachable with the reason, in words, and the next step.

    ``kinds`` are the types that are read, each with the end of its name; ``resolve`` returns the numeric addresses of a
    host and port, and by default the system is asked.
    """
    import httpx

    deadline = time.monotonic() + seconds
    place = url
    # Settings of the environment (proxies) would choose another machine than the one that was checked.
    with httpx.Client(timeout=min(seconds, 10.0), trust_env=False) as client:
        for _ in range(_REDIRECTS + 1):
            answer, body = _once(client, place, deadline, resolve or _resolve)
            if not answer.is_redirect:
                return _copy(url, now, answer, body, kinds)
            place = _next(url, place, answer.headers["location"])
    raise PageUnreachable(say("It leads on and on to other addresses."), next_step=_save())


def _once(client: httpx.Client, url: str, deadline: float, resolve: Resolve) -> tuple[httpx.Response, bytes]:
    import httpx

    try:
        parts, written = httpx.URL(url), urlsplit(url).hostname
        host = parts.host
    except (httpx.InvalidURL, ValueError):
        raise PageUnreachable(say("This is no address."), next_step=_save()) from None
    if is_loopback(host) and host != written:
        # Other dots and digits mean the same to a network, not to who reads the address.
        raise _inside(str(written))
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = _checked(host, port, resolve)
    late = PageUnreachable(say("It took too long to answer."), next_step=say("Try again later."))
    for address in addresses:
        try:
            return _ask(client, parts, address, deadline, late)
        except httpx.TimeoutException:
            raise late from None
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            if time.monotonic() > deadline:
                raise late from None
            # Often one of several addresses of a site cannot be reached, such as the IPv6 one.
            if not isinstance(error, httpx.ConnectError) or address == addresses[-1]:
                raise _failed(error) from None
    raise AssertionError  # the last address returns or raises


def _failed(error: Exception) -> PageUnreachable:
    why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    return PageUnreachable(
        say("The connection failed: {why}.", why=why), next_step=say("Check the address, and that you are online.")
    )


def _ask(
    client: httpx.Client, parts: httpx.URL, address: str, deadline: float, late: PageUnreachable
) -> tuple[httpx.Response, bytes]:
    with cut_off(deadline) as seen:
        return _read(client, parts, address, deadline, late, seen)


def _read(
    client: httpx.Client, parts: httpx.URL, address: str, deadline: float, late: PageUnreachable, seen: _Seen
) -> tuple[httpx.Response, bytes]:
    request = client.build_request(
        "GET",
        parts.copy_with(host=address),
        headers={
            "Host": parts.netloc.decode("ascii"),
            "User-Agent": f"Signoff/{VERSION}",
            "Accept": "text/html, text/markdown;q=0.9, application/pdf;q=0.8, */*;q=0.1",
            "Accept-Encoding": "gzip",
        },
        # The certificate must be that of the name, not of the number we connect to.
        extensions={"sni_hostname": parts.host, "trace": seen},
    )
    body = b""
    answer = client.send(request, stream=True)
    try:
        if answer.headers.get("content-encoding", "identity").lower() not in ("identity", "gzip", "deflate"):
            raise PageUnreachable(say("It was sent in a form that is not read."), next_step=_save())
        for piece in answer.iter_bytes():
            body += piece
            if len(body) > MOST_BYTES:
                limit = MOST_BYTES // 1_000_000
                raise PageUnreachable(say("It is larger than {n} MB.", n=limit), next_step=_save())
            if time.monotonic() > deadline:
                raise late
    finally:
        answer.close()
    if time.monotonic() > deadline:
        raise late
    return answer, body


_Seen = Callable[[str, dict[str, Any]], None]


@contextmanager
def cut_off(deadline: float) -> Iterator[_Seen]:
    """End the connection at the deadline (of ``time.monotonic``), whatever it is in the middle of.

    Yields what a request takes as its extension ``trace``. A time-out of httpx is for each read: a site that sends its
    headers byte by byte would be read for hours.
    """
    sockets: list[socket.socket] = []

    def seen(event: str, info: dict[str, Any]) -> None:
        stream = info.get("return_value")
        if event.endswith((".connect_tcp.complete", ".start_tls.complete")) and stream is not None:
            sockets.append(stream.get_extra_info("socket"))
            if time.monotonic() >= deadline:
                cut()  # the timer came before this connection was made

    def cut() -> None:
        for one in sockets:
            try:
                # Not the method of a TLS socket, which would take its state away from under the reader.
                socket.socket.shutdown(one, socket.SHUT_RDWR)
            except OSError:
                continue  # it is closed, or its place was taken by the TLS socket made of it

    timer = threading.Timer(max(0.0, deadline - time.monotonic()), cut)
    timer.daemon = True
    timer.start()
    try:
        yield seen
    finally:
        timer.cancel()


def _copy(url: str, now: datetime, answer: httpx.Response, body: bytes, kinds: Mapping[str, str]) -> Copy:
    if answer.status_code in (401, 403, 407):
        raise PageUnreachable(say("It may not be read without a login ({n}).", n=answer.status_code), next_step=_save())
    if answer.status_code != 200:
        raise PageUnreachable(
            say("The site answered with error {n}.", n=answer.status_code),
            next_step=say("Open it in a browser, and correct its address in guidelines/urls.txt."),
        )
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in kinds:
        raise PageUnreachable(say("It is of a kind that is not read: {kind}.", kind=kind or "-"), next_step=_save())
    charset = answer.charset_encoding or ""
    return Copy(url, kinds[kind], charset, now, body)


def _next(first: str, place: str, location: str) -> str:
    """Return where a redirect leads. Raises PageUnreachable where that is another site."""
    import httpx

    try:
        target, why = tidy(str(httpx.URL(place).join(location)))
        here, there = httpx.URL(first), httpx.URL(target)
    except (httpx.InvalidURL, UnicodeError):
        target, why = location, say("This is no address.")
        here = there = httpx.URL(first)
    same = (here.scheme, _site(here.host), here.port) == (there.scheme, _site(there.host), there.port)
    if why or not same:
        raise PageUnreachable(
            say("It leads on to {url}, which is another site.", url=target),
            next_step=say("If you mean that page, write its address into guidelines/urls.txt."),
        )
    return target


def _site(host: str) -> str:
    return host.lower().removeprefix("www.")


def _save() -> str:
    return say("Save it as a file into guidelines/.")


def _resolve(host: str, port: int) -> Sequence[str]:
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def machines(host: str, port: int, resolve: Resolve | None = None, *, local: bool = False) -> list[str]:
    """Return the public addresses behind a name; with ``local``, any. Raises PageUnreachable unless each one is."""
    found = _found(host, port, resolve or _resolve)
    for address in found:
        if not local and not _is_public(address):
            raise PageUnreachable(say("{host} is a machine inside a network of its own, not a public one.", host=host))
    return list(dict.fromkeys(map(str, found)))


def _checked(host: str, port: int, resolve: Resolve) -> list[str]:
    """Return the addresses behind a name, best first. Raises PageUnreachable unless each one may be spoken to."""
    found = _found(host, port, resolve)
    for address in found:
        if not (address.is_loopback if is_loopback(host) else _is_public(address)):
            raise _inside(host)
    return list(dict.fromkeys(map(str, found)))


def _inside(host: str) -> PageUnreachable:
    why = say("{host} is a machine inside a network of its own, not a public one.", host=host)
    return PageUnreachable(why, next_step=_save())


def _found(host: str, port: int, resolve: Resolve) -> list[Address]:
    try:
        found = [ipaddress.ip_address(a.partition("%")[0]) for a in resolve(host, port)]
    except (OSError, UnicodeError, ValueError):
        found = []
    if not found:
        raise PageUnreachable(
            say("There is no machine named {host}.", host=host),
            next_step=say("Check the address, and that you are online."),
        )
    return found


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            within = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if within is not None:
            return _is_public(within)
        if address.is_site_local:
            return False
    if any(address in network for network in _ALSO_INSIDE):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
