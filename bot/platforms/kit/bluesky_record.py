"""What a signed part becomes as a record of Bluesky: facets, pictures, video, link card, quote and self-labels.

https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky (read 2026-11-22)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bot import failpoints
from bot.domain.draft import Card, Media, Part
from bot.errors import PlatformError, Unsupported
from bot.platforms.base import Context
from bot.platforms.kit.atproto import Wire, sdk
from bot.platforms.kit.images import signed
from bot.platforms.kit.richtext import spans
from bot.words import say

#: Most bytes of a card's picture. lexicons/app/bsky/embed/external.json
CARD_BYTES = 1_000_000
#: What a post may say of itself; readers of the app can choose to have these hidden. The other values that the lexicon
#: knows are for accounts and moderators. https://docs.bsky.app/docs/advanced-guides/moderation (read 2026-11-22)
LABELS = ("sexual", "nudity", "porn", "graphic-media")


@dataclass(frozen=True)
class Ready:
    """A medium with its bytes, looked at before anything leaves."""

    medium: Media
    data: bytes
    mime: str
    width: int
    height: int


def problems(part: Part) -> list[str]:
    """Return what a post of Bluesky cannot hold beside what its limits say."""
    if part.card is None:
        return []
    found = []
    if part.media:
        found.append(say("A Bluesky post shows a link card or media, not both."))
    if not part.card.title.strip():
        found.append(say("A link card needs a title."))
    if not part.card.url.startswith(("https://", "http://")):
        found.append(say("{url} is no address that a link card can lead to.", url=part.card.url))
    thumb = part.card.picture
    if thumb is not None and thumb.size > CARD_BYTES:
        message = say("The picture of a link card has {size} bytes of {most}.", size=thumb.size, most=CARD_BYTES)
        found.append(message)
    if thumb is not None and not thumb.mime.startswith("image/"):
        found.append(say("The picture of a link card is no picture."))
    return found


def ready(context: Context, medium: Media, most: int) -> Ready:
    """Return a medium as it was signed. Raises Unsupported, Refused."""
    platform = context.account.platform
    if medium.is_video:
        data = context.media(medium)
        # The first box of an MP4 file names its kind. https://www.rfc-editor.org/rfc/rfc4337 (read 2026-11-22)
        if data[4:8] != b"ftyp":
            raise Unsupported(say("A video is no MP4 file."), platform=platform)
        found = Ready(medium, data, medium.mime, medium.width, medium.height)
    else:
        picture = signed(context, medium)
        data = picture.data
        found = Ready(medium, data, picture.mime, picture.width, picture.height)
    if len(data) > most:
        said = (
            say("A video has {size} bytes of {most}.", size=len(data), most=most)
            if medium.is_video
            else say("A picture has {size} bytes of {most}.", size=len(data), most=most)
        )
        raise Unsupported(said, platform=platform)
    return found


def embed(
    wire: Wire, media: Sequence[Ready], card: tuple[Card, Ready | None] | None, quoted: tuple[str, str] | None
) -> Any:
    """Upload what is to be uploaded and return the one thing that stands below the text; None for nothing.

    A video goes to the account's own server, as a picture does: its bytes stay those that were signed. (The video
    service that the app uploads to makes another file of it.)  https://docs.bsky.app/docs/tutorials/video
    (read 2026-11-22)
    """
    models, shown = sdk(), None
    if media and media[0].medium.is_video:
        video = media[0]
        shown = models.AppBskyEmbedVideo.Main(
            video=_blob(wire, video), alt=video.medium.alt or None, aspect_ratio=_ratio(video)
        )
    elif media:
        image = models.AppBskyEmbedImages.Image
        shown = models.AppBskyEmbedImages.Main(
            images=[image(alt=m.medium.alt, image=_blob(wire, m), aspect_ratio=_ratio(m)) for m in media]
        )
    elif card is not None:
        shown = _card(wire, *card)
    if quoted is None:
        return shown
    strong = models.ComAtprotoRepoStrongRef.Main(uri=quoted[0], cid=quoted[1])
    record = models.AppBskyEmbedRecord.Main(record=strong)
    return models.AppBskyEmbedRecordWithMedia.Main(record=record, media=shown) if shown else record


def _card(wire: Wire, card: Card, thumb: Ready | None) -> Any:
    models = sdk()
    external = models.AppBskyEmbedExternal.External(
        uri=card.url, title=card.title, description=card.description, thumb=_blob(wire, thumb) if thumb else None
    )
    return models.AppBskyEmbedExternal.Main(external=external)


def _blob(wire: Wire, item: Ready) -> Any:
    blob = wire.upload(item.data, item.mime).get("blob")
    failpoints.hit("upload: taken")
    return blob


def _ratio(item: Ready) -> Any:
    if not item.width or not item.height:
        return None
    return sdk().AppBskyEmbedDefs.AspectRatio(width=item.width, height=item.height)


def labels(names: Sequence[str]) -> Any:
    """Return self-labels; None for none."""
    if not names:
        return None
    defs = sdk().ComAtprotoLabelDefs
    return defs.SelfLabels(values=[defs.SelfLabel(val=name) for name in names])


def facets(wire: Wire, text: str) -> list[Any]:
    """Return facets by UTF-8 byte; a mention that nobody answers to stays plain text."""
    rich, found = sdk().AppBskyRichtextFacet, []
    for span in spans(text):
        feature: Any
        if span.kind == "link":
            feature = rich.Link(uri=span.value)
        elif span.kind == "tag":
            feature = rich.Tag(tag=span.value)
        elif did := did_of(wire, span.value):
            feature = rich.Mention(did=did)
        else:
            continue
        place = rich.ByteSlice(byte_start=span.start, byte_end=span.end)
        found.append(rich.Main(index=place, features=[feature]))
    return found


def did_of(wire: Wire, handle: str) -> str | None:
    """Return the DID behind a handle, or None where there is none.

    A server asks the AppView for handles that are not its own, and says 400 "Unable to resolve handle" whatever came
    back (PDS 0.5.35, com/atproto/identity/resolveHandle.js). So before a mention is left plain, the AppView must be up.
    """
    models = sdk()
    try:
        params = models.ComAtprotoIdentityResolveHandle.Params(handle=handle)
        did = wire.query("com.atproto.identity.resolveHandle", params).get("did")
    except PlatformError as no:
        if no.status != 400:
            raise
        if not no.reply.startswith("HandleNotFound"):
            wire.read_side()
        return None
    return did if isinstance(did, str) else None
