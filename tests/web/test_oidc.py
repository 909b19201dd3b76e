"""Signing in through a provider: the true way there and back, and attacks on each step of it."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from pydantic import SecretStr

from bot.errors import Misconfigured
from bot.store import events
from bot.surfaces.web import oidc, server
from tests.web.chromium import MISSING, tab
from tests.web.issuer import CLIENT, SECRET, Issuer, issuing, key
from tests.web.served import Browser, served
from tests.world import PEOPLE, World, brand

Opens = Callable[..., Browser]
Claims = dict[str, Any]


@pytest.fixture
def issuer(desk: World) -> Iterator[Issuer]:
    """Run a provider that knows Li, and tell the desk of it."""
    names = {"li": ("li@lumen.example", "kim@lumen.example"), "ben": ("sub:B1",)}
    desk.learn(brand(people=tuple(replace(p, sign_in=names.get(p.id, ())) for p in PEOPLE)))
    with issuing(desk.clock) as made:
        desk.app.settings.web_oidc_issuer = made.url
        desk.app.settings.web_oidc_client_id = CLIENT
        desk.app.settings.web_oidc_client_secret = SecretStr(SECRET)
        yield made


@pytest.fixture
def url(desk: World, issuer: Issuer) -> Iterator[str]:
    with served(desk) as found:
        yield found


def there(one: Browser) -> str:
    """Go to the provider, and return the address that it sends back to."""
    began = one.get("/oidc/start")
    assert began.status_code == 303, began.text
    return httpx.get(began.headers["location"]).headers["location"]


def sign_in(one: Browser) -> httpx.Response:
    return one.get(there(one))


def inside(one: Browser) -> str:
    """Return who is signed in, or an empty text."""
    found = one.get("/you")
    return found.text.partition("<h1><bdi>")[2].partition("<")[0] if found.status_code == 200 else ""


# --- as it should be ----------------------------------------------------------------------------------------


def test_whom_the_provider_names_is_signed_in(desk: World, issuer: Issuer, browser: Opens) -> None:
    one = browser()
    assert f"Sign in with {urlsplit(issuer.url).hostname}" in one.get("/sign-in").text
    came = sign_in(one)
    assert (came.status_code, came.headers["location"]) == (303, "/")
    assert inside(one) == "Li"
    cookies = came.headers.get_list("set-cookie")
    session = next(c for c in cookies if c.startswith("signoff_session="))
    assert "SameSite=strict" in session
    assert "HttpOnly" in session
    assert any(c.startswith("signoff_oidc=") and "Max-Age=0" in c for c in cookies)
    with desk.db.read() as conn:
        assert [r["why"] for r in events.about(conn, "web:li")] == ["by 127.0.0.1"]


def test_the_request_has_pkce_state_nonce_and_the_one_address(issuer: Issuer, browser: Opens, url: str) -> None:
    one, other = browser(), browser()
    asked = [parse_qs(urlsplit(b.get("/oidc/start").headers["location"]).query) for b in (one, other)]
    assert asked[0]["redirect_uri"] == [f"{url}/oidc/done"]
    assert asked[0]["code_challenge_method"] == ["S256"]
    assert asked[0]["response_type"] == ["code"]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name][0]) == 43
        assert asked[0][name] != asked[1][name]
    assert len({asked[0][name][0] for name in ("state", "nonce", "code_challenge")}) == 3
    sign_in(one)
    login, form = issuer.asked[-1]
    assert login == f"{CLIENT}:{SECRET}"
    assert "client_secret" not in form


def test_a_provider_that_takes_the_secret_in_the_form_gets_it_there(issuer: Issuer, browser: Opens) -> None:
    issuer.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    sign_in(browser())
    login, form = issuer.asked[-1]
    assert (login, form["client_secret"]) == ("", SECRET)


def test_a_link_from_the_providers_page_ends_at_the_desk(issuer: Issuer, browser: Opens) -> None:
    one = browser()
    sign_in(one)
    # The browser leaves a Strict cookie out while a chain of redirects began elsewhere.
    bare = httpx.get(f"{one.origin}/", headers={"sec-fetch-site": "cross-site"})
    assert bare.status_code == 200
    assert 'http-equiv="refresh"' in bare.text


@pytest.mark.slow
@pytest.mark.skipif(MISSING, reason="needs chromium")
def test_a_real_browser_comes_back_from_another_site_signed_in(desk: World, issuer: Issuer) -> None:
    # Another name is another site: the session's Strict cookie is left out of the first request after it.
    issuer.url = desk.app.settings.web_oidc_issuer = issuer.url.replace("127.0.0.1", "localhost")
    with served(desk) as url, tab() as shown:
        shown.open(f"{url}/sign-in")
        shown.evaluate("document.querySelector('a.button').click()")
        shown.wait("location.pathname === '/' && !!document.querySelector('.top')")
        assert shown.evaluate("document.querySelector('.top .end a').textContent") == "Li"
        assert shown.problems == []


def test_an_address_counts_in_any_case(issuer: Issuer, browser: Opens) -> None:
    issuer.user = {"sub": "X", "email": "Kim@Lumen.Example", "email_verified": True}
    one = browser()
    assert sign_in(one).status_code == 303
    assert inside(one) == "Li"


def test_its_own_id_signs_in_where_no_address_is_verified(issuer: Issuer, browser: Opens) -> None:
    issuer.user = {"sub": "B1"}
    one = browser()
    assert sign_in(one).status_code == 303
    assert inside(one) == "Ben"


def test_new_keys_are_read_when_a_token_names_one(
    issuer: Issuer, browser: Opens, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign_in(browser()).status_code == 303
    issuer.keys = [key("two").as_dict(private=False)]
    issuer.sign = lambda c: jwt.encode({"alg": "RS256", "kid": "two"}, c, key("two"), algorithms=["RS256"])
    assert sign_in(browser()).status_code == 403, "not more often than once a minute"
    monkeypatch.setattr(oidc, "_AGAIN", 0.0)
    assert sign_in(browser()).status_code == 303


# --- attacks on the token -----------------------------------------------------------------------------------


def b64(value: object) -> str:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unsigned(claims: Claims) -> str:
    return f"{b64({'alg': 'none'})}.{b64(claims)}."


def with_secret(secret: bytes) -> Callable[[Claims], str]:
    def made(claims: Claims) -> str:
        body = f"{b64({'alg': 'HS256', 'kid': 'one'})}.{b64(claims)}"
        return f"{body}.{b64(hmac.new(secret, body.encode(), hashlib.sha256).digest())}"

    return made


def signed(by: str = "one", **header: Any) -> Callable[[Claims], str]:
    def made(claims: Claims) -> str:
        head = {"alg": "RS256", "kid": "one", **header}
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        body = f"{b64({k: v for k, v in head.items() if v is not None})}.{b64(claims)}"
        return f"{body}.{b64(key(by).private_key.sign(body.encode(), PKCS1v15(), SHA256()))}"

    return made


def tampered(claims: Claims) -> str:
    head, _, tail = signed()(claims).split(".")
    return f"{head}.{b64({**claims, 'email': 'sam@lumen.example'})}.{tail}"


TWISTS: dict[str, Callable[[Claims], object]] = {
    "another issuer": lambda c: c.update(iss="https://evil.example"),
    "no issuer": lambda c: c.pop("iss"),
    "another audience": lambda c: c.update(aud="somebody-else"),
    "no audience": lambda c: c.pop("aud"),
    "for others, too": lambda c: c.update(aud=[CLIENT, "somebody-else"], azp=CLIENT),
    "made for another party": lambda c: c.update(azp="somebody-else"),
    "another nonce": lambda c: c.update(nonce="x" * 43),
    "no nonce": lambda c: c.pop("nonce"),
    "expired": lambda c: c.update(exp=c["iat"] - 61),
    "without an end": lambda c: c.pop("exp"),
    "an end that is no number": lambda c: c.update(exp="tomorrow"),
    "of the future": lambda c: c.update(iat=c["iat"] + 3600, exp=c["exp"] + 3600),
    "made long ago": lambda c: c.update(iat=c["iat"] - 3600),
    "not valid yet": lambda c: c.update(nbf=c["iat"] + 3600),
    "naming nobody": lambda c: c.pop("sub"),
    "an empty subject": lambda c: c.update(sub=""),
    "a subject that is no text": lambda c: c.update(sub=["S1"]),
    "an unverified address": lambda c: c.update(email_verified=False),
    "an address of which nothing is said": lambda c: c.pop("email_verified"),
    "an address verified in words": lambda c: c.update(email_verified="true"),
    "a look-alike address": lambda c: c.update(email="l\u0456@lumen.example"),
    # U+212A, whose small letter is an ASCII k.
    "a letter that becomes another": lambda c: c.update(email="\u212aim@lumen.example"),
    "an address with another after it": lambda c: c.update(email="li@lumen.example,evil@evil.example"),
    "several addresses": lambda c: c.update(email=["li@lumen.example"]),
    "a subject that looks like an address": lambda c: (c.pop("email"), c.update(sub="li@lumen.example")),
    "somebody unknown": lambda c: c.update(email="mallory@lumen.example"),
    "another access token": lambda c: c.update(at_hash="A" * 22),
}  # fmt: skip
SIGNERS: dict[str, Callable[[Claims], str]] = {
    "unsigned": unsigned,
    "signed by the public key as a secret": with_secret(key("one").as_pem(private=False)),
    "signed by the client's secret": with_secret(SECRET.encode()),
    "signed by another key of the same name": signed("evil"),
    "an unknown key": signed("evil", kid="evil"),
    "a key that comes along": signed("evil", kid=None, jwk=key("evil").as_dict(private=False)),
    "a key from elsewhere": signed("evil", jku="https://evil.example/keys"),
    "said to be of another algorithm": signed(alg="PS256"),
    "a critical extension": signed(crit=["exp"], exp=1),
    "tampered with": tampered,
    "no signature": lambda c: signed()(c).rpartition(".")[0] + ".",
    "not a token": lambda c: "x.y.z",
    "an empty token": lambda c: "",
    "a header that is no object": lambda c: f"{b64([1])}.{b64(c)}.AA",
}  # fmt: skip


def test_a_token_whose_words_are_wrong_signs_nobody_in(issuer: Issuer, browser: Opens) -> None:
    for name, twist in TWISTS.items():
        issuer.twist = twist
        one = browser()
        assert sign_in(one).status_code == 403, name
        assert inside(one) == "", name
        assert "signoff_session" not in one.cookies, name
    issuer.twist = lambda claims: None
    assert sign_in(browser()).status_code == 303


def test_a_token_that_the_provider_did_not_sign_signs_nobody_in(issuer: Issuer, browser: Opens) -> None:
    for name, sign in SIGNERS.items():
        issuer.sign = sign
        one = browser()
        assert sign_in(one).status_code == 403, name
        assert inside(one) == "", name
    # Signed by hand, and right: what is refused above is not refused for how it was made.
    issuer.sign = signed()
    assert sign_in(browser()).status_code == 303


def test_a_secret_among_the_keys_is_no_key(issuer: Issuer, browser: Opens) -> None:
    shared = OctKey.import_key(b"0" * 32, {"kid": "one"})
    issuer.keys = [shared.as_dict(private=True)]
    issuer.sign = with_secret(b"0" * 32)
    assert sign_in(browser()).status_code == 403


def test_without_a_key_name_two_keys_are_no_answer(issuer: Issuer, browser: Opens) -> None:
    issuer.keys.append(key("two").as_dict(private=False))
    issuer.sign = signed(kid=None)
    assert sign_in(browser()).status_code == 403


def test_an_answer_without_a_token_signs_nobody_in(issuer: Issuer, browser: Opens) -> None:
    for wrong in (None, 7, ["a"]):
        issuer.answer = lambda given, wrong=wrong: given.update(id_token=wrong)  # type: ignore[misc]
        assert sign_in(browser()).status_code == 403


# --- attacks on the way back --------------------------------------------------------------------------------


def test_what_came_back_once_signs_nobody_in_again(issuer: Issuer, browser: Opens) -> None:
    one = browser()
    back = there(one)
    kept = one.cookies["signoff_oidc"]
    assert one.get(back).status_code == 303
    thief = browser()
    for cookies in ({}, {"signoff_oidc": kept}):
        thief.cookies.update(cookies)
        assert thief.get(back).status_code == 403
        assert inside(thief) == ""


def test_a_code_that_the_provider_gives_twice_is_taken_once(issuer: Issuer, browser: Opens) -> None:
    one = browser()
    back = there(one)
    kept, code = one.cookies["signoff_oidc"], parse_qs(urlsplit(back).query)["code"][0]
    began = dict(issuer.codes[code])
    assert one.get(back).status_code == 303
    issuer.codes[code] = began
    thief = browser()
    thief.cookies.set("signoff_oidc", kept)
    found = thief.get(back)
    assert found.status_code == 403
    assert "was used before" in found.text


def test_an_answer_that_this_browser_did_not_ask_for_is_refused(issuer: Issuer, browser: Opens) -> None:
    attacker, victim = browser(), browser()
    back = there(attacker)
    assert victim.get(back).status_code == 403, "no cookie"
    there(victim)
    assert victim.get(back).status_code == 403, "the cookie of another start"
    assert inside(victim) == ""
    assert issuer.asked == [], "the provider is not even asked"


def test_the_address_must_be_whole(issuer: Issuer, browser: Opens) -> None:
    changes: tuple[Claims, ...] = ({"state": None}, {"state": ""}, {"state": "x" * 43}, {"code": None}, {"code": ""})
    for change in changes:
        issuer.back = change
        assert sign_in(browser()).status_code == 403, change


def test_a_field_that_comes_twice_is_refused(issuer: Issuer, browser: Opens) -> None:
    one = browser()
    back = there(one)
    assert one.get(f"{back}&state=other").status_code == 403
    two = browser()
    back = there(two)
    assert two.get(f"{back}&code=other").status_code == 403


def test_a_code_of_somebody_else_does_not_fit_the_verifier(issuer: Issuer, browser: Opens) -> None:
    victim, attacker = browser(), browser()
    stolen = parse_qs(urlsplit(there(victim)).query)["code"][0]
    mine = parse_qs(urlsplit(there(attacker)).query)["state"][0]
    found = attacker.get("/oidc/done", params={"code": stolen, "state": mine})
    assert found.status_code == 403
    assert inside(attacker) == ""


def test_who_took_too_long_starts_again(desk: World, issuer: Issuer, browser: Opens) -> None:
    one = browser()
    back = there(one)
    kept = one.cookies["signoff_oidc"]
    desk.advance(601)
    one.cookies.clear()
    one.cookies.set("signoff_oidc", kept)
    found = one.get(back)
    assert found.status_code == 403
    assert "too long ago" in found.text


def test_a_cookie_of_ones_own_making_begins_nothing(issuer: Issuer, browser: Opens) -> None:
    one = browser()
    for kept in ("", "x", "1.", "9" * 40 + ".a", "-1.a", "\u0663.a", "1e9.a"):
        state, cookie = oidc._derived(kept, "state"), f"signoff_oidc={kept}".encode()
        found = one.get("/oidc/done", params={"code": "c", "state": state}, headers={b"cookie": cookie})
        assert found.status_code == 403, kept
    assert issuer.asked == []


def test_another_provider_cannot_answer(issuer: Issuer, browser: Opens) -> None:
    issuer.back = {"iss": "https://evil.example"}
    assert sign_in(browser()).status_code == 403
    issuer.back = {"iss": issuer.url}
    assert sign_in(browser()).status_code == 303
    issuer.back = {}


def test_a_provider_that_says_who_it_is_must_say_so(issuer: Issuer, browser: Opens) -> None:
    issuer.metadata = {"authorization_response_iss_parameter_supported": True}
    assert sign_in(browser()).status_code == 403


def test_a_refusal_at_the_provider_is_said_and_shown_as_text(issuer: Issuer, browser: Opens) -> None:
    issuer.back = {"error": "<script>alert(1)</script>", "code": None}
    found = sign_in(browser())
    assert found.status_code == 403
    assert "did not sign you in" in found.text
    assert "<script>alert" not in found.text


def test_what_the_provider_says_of_itself_is_looked_at(issuer: Issuer, browser: Opens) -> None:
    one = browser()
    wrong: tuple[Claims, ...] = (
        {"issuer": "https://evil.example"}, {"issuer": None}, {"token_endpoint": "http://192.0.2.1/token"},
        {"jwks_uri": "file:///etc/passwd"}, {"authorization_endpoint": "javascript:alert(1)"}, {"jwks_uri": None},
    )  # fmt: skip
    for said in wrong:
        issuer.metadata = said
        found = one.get("/oidc/start")
        assert found.status_code == 503, said
        assert "location" not in found.headers
        assert "Use a link or a password." in found.text
    issuer.metadata = {}
    assert one.get("/oidc/start").status_code == 303


def test_who_left_the_brand_is_not_signed_in(desk: World, issuer: Issuer, browser: Opens) -> None:
    desk.learn(brand())
    found = sign_in(browser())
    assert found.status_code == 403
    assert "Nobody in brand.yaml signs in as li@lumen.example." in found.text


def test_nobody_is_made_by_signing_in(desk: World, issuer: Issuer, browser: Opens) -> None:
    before = desk.app.brand().people
    issuer.user = {"sub": "X", "email": "new@lumen.example", "email_verified": True}
    assert sign_in(browser()).status_code == 403
    assert desk.app.brand().people == before


def test_two_people_of_one_name_are_nobody(desk: World) -> None:
    from bot.errors import NotAllowed

    people = tuple(replace(p, sign_in=("li@lumen.example",)) for p in PEOPLE[:2])
    with pytest.raises(NotAllowed, match="Several people"):
        oidc.person_of(brand(people=people), oidc.Identity("S1", "li@lumen.example"))


# --- settings -----------------------------------------------------------------------------------------------


def test_half_a_provider_or_an_unsafe_one_is_refused(desk: World) -> None:
    settings = desk.app.settings
    for address, client in (
        ("https://id.example", ""), ("", "c"), ("http://id.example", "c"), ("ftp://id.example", "c"),
        ("id.example", "c"), ("https://a@id.example", "c"), ("https://id.example?x=1", "c"), ("https://", "c"),
    ):  # fmt: skip
        settings.web_oidc_issuer, settings.web_oidc_client_id = address, client
        with pytest.raises(Misconfigured, match="SIGNOFF_WEB_OIDC_ISSUER"):
            oidc.provider_of(settings)


def test_without_a_provider_there_is_no_such_page(desk: World) -> None:
    with served(desk) as url:
        one = Browser(desk, url)
        assert one.get("/oidc/start").status_code == 404
        assert "Sign in with" not in one.get("/sign-in").text
        one.close()


def test_a_provider_lets_the_desk_be_shown_to_other_machines(desk: World) -> None:
    settings = desk.app.settings
    settings.web, settings.web_url = "0.0.0.0:8080", "https://desk.example"
    with pytest.raises(Misconfigured, match="nobody has a password"):
        server.listening(desk.app)
    settings.web_oidc_issuer, settings.web_oidc_client_id = "https://accounts.google.com", "c"
    assert server.listening(desk.app) == ("0.0.0.0", 8080)


def test_another_name_of_the_desk_leads_to_the_one_that_the_provider_knows(issuer: Issuer, browser: Opens) -> None:
    one = browser()
    port = urlsplit(one.origin).port
    found = httpx.get(f"http://localhost:{port}/oidc/start", headers={"host": f"localhost:{port}"})
    assert (found.status_code, found.headers["location"]) == (303, f"{one.origin}/oidc/start")
