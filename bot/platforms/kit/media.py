"""Whether the pictures and the video of a part fit into a platform's limits."""

from __future__ import annotations

from bot.domain.draft import Media, Part
from bot.media.limits import most_pixels
from bot.platforms.terms import Limits
from bot.words import say


def media_problems(label: str, part: Part, limits: Limits) -> list[str]:
    """Return what stands against the media of ``part``, each one sentence."""
    videos = [m for m in part.media if m.is_video]
    alone = [m for m in part.media if m.moves and limits.gif_bytes is not None]
    pictures = [m for m in part.media if not m.is_video]
    found = []
    if len(videos) > limits.videos:
        found.append(say("{n} videos, {label} takes {most}.", n=len(videos), label=label, most=limits.videos))
    if len(pictures) > limits.images:
        found.append(say("{n} pictures, {label} takes {most}.", n=len(pictures), label=label, most=limits.images))
    if (videos or alone) and len(part.media) > 1:
        found.append(say("On {label} a video or an animated GIF stands alone.", label=label))
    for medium in part.media:
        found += _video(label, medium, limits) if medium.is_video else _picture(label, medium, limits)
    return found


def alt_problems(part: Part, limits: Limits) -> list[str]:
    """Return what stands against the alt texts of ``part``, each one sentence."""
    return [
        say("An alt text has {n} of {most} characters.", n=len(medium.alt), most=limits.alt)
        for medium in part.media
        if len(medium.alt) > limits.alt
    ]


def _picture(label: str, medium: Media, limits: Limits) -> list[str]:
    most = limits.gif_bytes if medium.moves and limits.gif_bytes is not None else limits.image_bytes
    found = []
    if medium.mime not in limits.image_types:
        found.append(say("{label} does not take {mime}.", label=label, mime=medium.mime))
    if medium.size > most:
        found.append(say("A picture has {size} bytes of {most}.", size=medium.size, most=most))
    pixels, largest = medium.width * medium.height, most_pixels(medium, limits)
    if largest is not None and pixels > largest:
        found.append(say("A picture has {n} pixels of {most}.", n=pixels, most=largest))
    return found


def _video(label: str, medium: Media, limits: Limits) -> list[str]:
    shortest, longest = limits.video_seconds
    found = []
    if limits.videos and medium.mime not in limits.video_types:
        found.append(say("{label} does not take {mime}.", label=label, mime=medium.mime))
    if limits.videos and medium.size > limits.video_bytes:
        found.append(say("A video has {size} bytes of {most}.", size=medium.size, most=limits.video_bytes))
    if medium.seconds < shortest or (longest and medium.seconds > longest):
        said = say("A video of {n:.1f} seconds; {label} takes {least:g} to {most:g}.", n=medium.seconds, label=label,
                   least=shortest, most=longest)  # fmt: skip
        found.append(said)
    if limits.video_pixels is not None and medium.width * medium.height > limits.video_pixels:
        found.append(say("A video has {n} pixels of {most}.", n=medium.width * medium.height, most=limits.video_pixels))
    return found
