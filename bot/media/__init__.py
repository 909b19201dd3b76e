"""Pictures and videos: taken in once, cleaned of camera and place data, made to fit, kept by digest."""

from bot.media.folder import MediaFolder
from bot.media.limits import MediaLimits, Unfit, Unreadable, amount
from bot.media.pictures import Picture, strip

__all__ = ["MediaFolder", "MediaLimits", "Picture", "Unfit", "Unreadable", "amount", "strip"]
