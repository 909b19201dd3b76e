"""Texts that hypothesis makes of what is known to hurt, for whatever reads strangers' words or people's files."""

from __future__ import annotations

from hypothesis import strategies as st

_ODD = st.sampled_from(
    list("\0\u200b\u200d\u202e\u2066\ud800\udfff\ufeff\u0301\ufe0f\U000e0041\U000e0100<>&|@.:/\\[]{}*_`~\"'￼ﷺ茶😀🏴")
)
_PIECES = st.sampled_from(
    [
        "https://",
        "evil.example",
        "<!channel>",
        "<@U1>",
        "@everyone",
        "[[do:",
        "&amp;",
        "&#0;",
        "&#xD800;",
        "<p>",
        "</script>",
        "stop",
        "退订",
        "sk-",
        "xoxb-",
        "\r\n",
        "\u2028",
        "点com",
        " [dot] ",
    ]
)
TEXTS = st.lists(st.one_of(st.text(st.characters(), max_size=12), _ODD, _PIECES), max_size=30).map("".join)
