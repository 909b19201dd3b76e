"""What fits, at each limit and one over, in the platform's own counting; and what cannot be said at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.domain.brand import Account
from bot.domain.comment import Author, Comment
from bot.domain.draft import Card, Media, Part
from bot.domain.post import Outgoing
from bot.errors import Unsupported
from bot.platforms.base import Charge, Limits, Platform
from tests.contract.bench import ACCENTED, FAMILY, Bench

VIDEO = Media("f" * 64, "video/mp4", 640, 360, "A kettle boils", 1000, 5.0)
PAGE = "https://example.com/tea"
#: Larger than any platform takes.
HUGE = 10**12


def _gif(picture: Media, **more: object) -> Media:
    return replace(picture, **{"mime": "image/gif", "seconds": 2.0, **more})  # type: ignore[arg-type]


def _video(limits: Limits, **more: object) -> Media:
    least, most = limits.video_seconds
    usual = {"seconds": min(max(5.0, least), most or HUGE), "mime": (limits.video_types or ("video/mp4",))[0]}
    return replace(VIDEO, **{**usual, **more})  # type: ignore[arg-type]


def media_at_the_limit(limits: Limits, picture: Media) -> dict[str, tuple[tuple[Media, ...] | None, tuple[Media, ...]]]:
    """Return ``{limit: (just fits, one over)}``; None where nothing of the kind fits at all."""
    types, least, most = limits.image_types, *limits.video_seconds
    here = limits.videos > 0
    found: dict[str, tuple[tuple[Media, ...] | None, tuple[Media, ...]]] = {
        "pictures": ((picture,) * limits.images, (picture,) * (limits.images + 1)),
        "picture bytes": (
            (replace(picture, size=limits.image_bytes),),
            (replace(picture, size=limits.image_bytes + 1),),
        ),
        "kind of picture": ((picture,), (replace(picture, mime="image/tiff"),)),
        "alt text": (
            (replace(picture, alt="茶" * limits.alt),),
            (replace(picture, alt="茶" * (limits.alt + 1)),),
        ),
        "videos": ((_video(limits),) if here else None, (_video(limits),) * (limits.videos + 1)),
        "video and pictures": ((_video(limits),) if here else None, (_video(limits), picture)),
        "kind of video": ((_video(limits),) if here else None, (_video(limits, mime="video/x-flv"),)),
        "video bytes": (
            (_video(limits, size=limits.video_bytes),) if here else None,
            (_video(limits, size=limits.video_bytes + 1),),
        ),
    }
    if limits.image_pixels is not None:
        wide = replace(picture, width=limits.image_pixels, height=1)
        found["pixels"] = ((wide,), (replace(wide, width=wide.width + 1),))
    if "image/gif" in types and limits.gif_bytes is not None:
        gif = _gif(picture, size=limits.gif_bytes)
        found["GIF bytes"] = ((gif,), (replace(gif, size=gif.size + 1),))
        found["GIF beside a picture"] = ((gif,), (gif, picture))
    if "image/gif" in types and limits.gif_pixels is not None:
        wide = _gif(picture, width=limits.gif_pixels, height=1)
        found["GIF pixels"] = ((wide,), (replace(wide, width=wide.width + 1),))
    if "image/gif" not in types:
        found["GIF"] = (None, (_gif(picture),))
    if here and least:
        found["too short"] = ((_video(limits, seconds=least),), (_video(limits, seconds=least * 0.9),))
    if here and most:
        found["too long"] = ((_video(limits, seconds=most),), (_video(limits, seconds=most + 1),))
    if limits.video_pixels is not None:
        frame = _video(limits, width=limits.video_pixels, height=1)
        found["video pixels"] = ((frame,), (replace(frame, width=frame.width + 1),))
    return found


class LimitsContract:
    """At the limit it fits; one over, it is refused before any call."""

    @pytest.mark.parametrize("unit", ["a", "茶", ACCENTED, FAMILY, "🇨🇭", "क्षि"])
    def test_at_the_limit_it_fits_and_one_over_it_does_not(self, bench: Bench, adapter: Platform, unit: str) -> None:
        limits = adapter.limits
        weight = bench.weight(unit)
        assert adapter.length(unit * 7) == 7 * weight
        most = min(limits.text // weight, (limits.text_bytes or 10**9) // len(unit.encode()))
        assert not adapter.fits([Part(unit * most)], limits=limits)
        out = bench.out(unit * min(most, bench.server_takes(unit) or most))
        receipt = bench.publish(adapter, out)
        assert receipt.remote_id
        assert receipt.url
        before = bench.calls()
        [problem] = adapter.fits([Part(unit * (most + 1))], limits=limits)
        assert problem.over >= 1
        with pytest.raises(Unsupported):
            bench.publish(adapter, bench.out(unit * (most + 1)))
        assert bench.calls() == before

    @pytest.mark.parametrize("what", ["empty", "surrogate", "nul", "pictures", "kind", "heavy", "alt", "visibility"])
    def test_what_cannot_be_said_is_refused_before_any_call(self, bench: Bench, adapter: Platform, what: str) -> None:
        picture = bench.picture()
        limits = adapter.limits
        out = {
            "empty": lambda: bench.out(" \n"),
            "surrogate": lambda: bench.out("half \ud83d a face"),
            "nul": lambda: bench.out("a\0b"),
            "pictures": lambda: bench.out("x", media=(picture,) * (limits.images + 1)),
            "kind": lambda: bench.out("x", media=(replace(picture, mime="image/tiff"),)),
            "heavy": lambda: bench.out("x", media=(replace(picture, size=limits.image_bytes + 1),)),
            "alt": lambda: bench.out("x", media=(replace(picture, alt="a" * (limits.alt + 1)),)),
            "visibility": lambda: bench.out("x", visibility="direct-to-nobody"),
        }[what]()
        _refused(bench, adapter, out)

    def test_media_fit_at_each_limit_and_one_over_they_do_not(self, bench: Bench, adapter: Platform) -> None:
        limits = adapter.limits
        assert limits.images > 0
        for what, (fits, over) in media_at_the_limit(limits, bench.picture()).items():
            if fits is not None:
                found = adapter.fits([Part("Tea", fits)], limits=limits)
                assert found == [], f"{what}, at the limit"
            found = adapter.fits([Part("Tea", over)], limits=limits)
            assert found, f"{what}, one over"
            assert all(problem.message for problem in found)
            _refused(bench, adapter, bench.out("Tea", media=over), what)

    def test_without_a_limit_anything_fits(self, bench: Bench, adapter: Platform) -> None:
        limits, picture = adapter.limits, bench.picture()
        if limits.image_pixels is None:
            assert not adapter.fits([Part("x", (replace(picture, width=10**6, height=10**6),))], limits=limits)
        if limits.videos and not limits.video_seconds[1]:
            assert not adapter.fits([Part("x", (_video(limits, seconds=10.0**6),))], limits=limits)
        if limits.text_bytes is None:
            most = limits.text // bench.weight(FAMILY)
            assert not adapter.fits([Part(FAMILY * most)], limits=limits)

    def test_what_the_network_does_not_have_is_refused_before_any_call(self, bench: Bench, adapter: Platform) -> None:
        """A feature that is promised fits; one that is not is refused."""
        features = adapter.features
        base = bench.out(f"Tea {PAGE}")
        card = replace(base, part=replace(base.part, card=Card(PAGE, "Tea", "From the hills")))
        asked: dict[str, tuple[bool, Outgoing]] = {
            "card": (features.cards, card),
            "warning": (features.warnings, replace(base, warning="Caffeine")),
            "quote": (features.quotes, replace(base, quote="12345")),
            "unknown label": (False, replace(base, labels=("no-such-label",))),
            "unknown visibility": (False, replace(base, visibility="narrow")),
        }
        asked |= {f"label {name}": (True, replace(base, labels=(name,))) for name in features.labels}
        asked |= {f"visibility {name}": (True, replace(base, visibility=name)) for name in features.visibilities}
        for what, (has, out) in asked.items():
            problems = adapter.fits(
                [out.part], visibility=out.visibility, warning=out.warning, labels=out.labels, quote=out.quote,
                limits=adapter.limits,
            )  # fmt: skip
            assert (not problems) is has, f"{what}: {problems}"
            if not has:
                _refused(bench, adapter, out, what)

    def test_a_warning_counts_towards_the_text(self, bench: Bench, adapter: Platform) -> None:
        most = adapter.limits.text
        if not adapter.features.warnings:
            _refused(bench, adapter, bench.out("a" * most, warning="!"))
            return
        assert not adapter.fits([Part("a" * (most - 1))], warning="!", limits=adapter.limits)
        assert adapter.fits([Part("a" * most)], warning="!", limits=adapter.limits)
        _refused(bench, adapter, bench.out("a" * most, warning="!"))

    def test_a_thread_longer_than_the_platform_takes_does_not_fit(self, adapter: Platform) -> None:
        limits = adapter.limits
        assert not adapter.fits([Part("x")] * limits.parts, limits=limits)
        assert adapter.fits([Part("x")] * (limits.parts + 1), limits=limits)
        assert adapter.fits([], limits=limits)

    def test_costs_advice_and_rules_answer_whatever_they_are_asked(self, bench: Bench, adapter: Platform) -> None:
        texts = ["", " ", "a", "茶" * 5000, f"See {PAGE} and {bench.mention()} #tea", "half \ud83d a face", "\0"]
        media: list[tuple[Media, ...]] = [(), (bench.picture(),) * 9, (VIDEO,)]
        for part in [Part(text, some) for text in texts for some in media]:
            for reply in (False, True):
                charges = adapter.charges(part, reply=reply)
                assert all(isinstance(charge, Charge) and charge.usd >= 0 and charge.what for charge in charges)
                assert all(adapter.advice([part, part], reply=reply))
                assert all(problem.message for problem in adapter.fits([part], reply=reply, limits=adapter.limits))
            assert all(isinstance(uri, str) for uri in adapter.link_uris(part.text))
        assert adapter.advice([]) == []
        account, at = Account(adapter.id, "main", "brand"), datetime(2026, 11, 22, tzinfo=UTC)
        strangers = [Author("", ""), Author("7", "fan"), Author("8", "robot", "R", True)]
        ask: Callable[[Comment, bool], str] = lambda said, by: adapter.may_answer(said, account, automatic=by)  # noqa: E731
        for author in strangers:
            for kind in ("reply", "mention", "quote"):
                for text in ("", "茶", "@brand hello"):
                    said = Comment(account.key, "1", author, text, at, kind)
                    assert all(isinstance(ask(said, by), str) for by in (False, True))
        # A person who looks at an answer may do no less than software alone.
        said = Comment(account.key, "1", strangers[1], "@brand hello", at, "mention")
        assert not ask(said, False) or ask(said, True)


def _refused(bench: Bench, adapter: Platform, out: Outgoing, what: str = "") -> None:
    """Hold that ``out`` is refused as Unsupported, and that nothing leaves for it."""
    before = bench.calls()
    with pytest.raises(Unsupported) as caught:
        adapter.publish(out, adapter.once_key("seed", datetime.now(UTC)))
    assert caught.value.message, what
    assert caught.value.platform == adapter.id, what
    assert bench.calls() == before, what
