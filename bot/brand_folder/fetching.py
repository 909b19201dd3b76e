"""Reading one page that a person named: once, for a limited time, from where the address says and nowhere else.

The machine that answers is chosen before the request: its name is looked up once, every address behind it must be a
public one, and the connection goes to that very address. So neither a name nor a redirect leads into the network
that Signoff runs in.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

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

    parts = httpx.URL(url)
    host = parts.host
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = _checked(host, port, resolve)
    late = PageUnreachable(say("It took too long to answer."), next_step=say("Try again later."))
    for address in addresses:
        try:
            return _ask(client, parts, address, deadline, late)
        except httpx.TimeoutException:
            raise late from None
        except httpx.ConnectError as error:
            # Often one of several addresses of a site cannot be reached, such as the IPv6 one.
            if address == addresses[-1] or time.monotonic() > deadline:
                raise _failed(error) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
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
        extensions={"sni_hostname": parts.host},
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
    except httpx.InvalidURL:
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


def _checked(host: str, port: int, resolve: Resolve) -> list[str]:
    """Return the addresses behind a name, best first. Raises PageUnreachable unless each one may be spoken to."""
    try:
        found = [ipaddress.ip_address(a.partition("%")[0]) for a in resolve(host, port)]
    except (OSError, UnicodeError, ValueError):
        found = []
    if not found:
        raise PageUnreachable(
            say("There is no machine named {host}.", host=host),
            next_step=say("Check the address, and that you are online."),
        )
    for address in found:
        if not (address.is_loopback if is_loopback(host) else _is_public(address)):
            raise PageUnreachable(
                say("{host} is a machine inside a network of its own, not a public one.", host=host), next_step=_save()
            )
    return list(dict.fromkeys(map(str, found)))


def _is_public(address: Address) -> bool:
    if isinstance(address, ipaddress.IPv6Address):
        within = address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
        if address in _NAT64:
            within = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if within is not None:
            return _is_public(within)
    return address.is_global and not address.is_multicast and not address.is_reserved
