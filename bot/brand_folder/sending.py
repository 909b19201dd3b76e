"""Sending a few bytes to an address that a person named: to the very machine that was checked, and nowhere else."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from bot import VERSION
from bot.brand_folder.fetching import Resolve, cut_off, machines
from bot.errors import BadInput, SignoffError
from bot.words import say

if TYPE_CHECKING:
    import httpx

#: Seconds for the whole of it, whichever of a name's machines is asked.
SECONDS = 8.0
LONGEST = 2000


def usable(url: str, *, local: bool) -> httpx.URL:
    """Return an address that may be sent to. Raises BadInput.

    ``local`` allows machines of one's own network, and http.
    """
    import httpx

    try:
        found = httpx.URL(url.strip())
    except (httpx.InvalidURL, UnicodeError):
        found = httpx.URL("")
    whole = found.scheme in ("https", "http") and found.host and not found.userinfo and not found.fragment
    if not whole or len(url) > LONGEST or not url.isprintable():
        raise BadInput(say("{url} is not an address that can be sent to.", url=repr(url[:200])),
                       next_step=say("Write it as https://HOST/PATH, without a name or password in it."))  # fmt: skip
    if found.scheme == "http" and not local:
        raise BadInput(
            say("What is sent there could be read on the way: the address must begin with https."),
            next_step=say("For a machine of your own network, set SIGNOFF_WEBHOOKS_LOCAL=true."),
        )
    return found


def send(url: str, headers: dict[str, str], body: bytes, *, local: bool = False, resolve: Resolve | None = None) -> int:
    """Post JSON to an address; return the status. Redirects are not followed. Raises SignoffError without an answer."""
    import httpx

    place = usable(url, local=local)
    port = place.port or (443 if place.scheme == "https" else 80)
    error: Exception | None = None
    deadline = time.monotonic() + SECONDS
    # Settings of the environment (proxies) would choose another machine than the one that was checked.
    with httpx.Client(trust_env=False) as client, cut_off(deadline) as seen:
        for address in machines(place.host, port, resolve, local=local):
            request = client.build_request(
                "POST", place.copy_with(host=address), content=body,
                headers={"host": place.netloc.decode("ascii"), "user-agent": f"Signoff/{VERSION}",
                         "content-type": "application/json", **headers},
                # The certificate must be that of the name, not of the number we connect to.
                extensions={"sni_hostname": place.host, "trace": seen},
                timeout=max(0.001, deadline - time.monotonic()),
            )  # fmt: skip
            try:
                answer = client.send(request, stream=True)
                answer.close()
                return answer.status_code
            except httpx.ConnectError as failed:
                error = failed
            except httpx.HTTPError as failed:
                error = failed
                break
    if time.monotonic() >= deadline or isinstance(error, httpx.TimeoutException):
        raise SignoffError(say("It took too long to answer."), next_step=say("Try again later."))
    why = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
    raise SignoffError(say("The connection failed: {why}.", why=why))
