"""Small real PDF and Word files, written by hand so that the tests need no program that makes them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Text:
    """One line of a PDF: where it begins, in points from the left and from the foot of an A4 page."""

    text: str
    x: float = 72
    y: float = 700
    size: float = 11
    bold: bool = False


def flow(lines: Iterable[Text | str], top: float = 760, pitch: float = 14) -> list[Text]:
    """Set lines one below the other; a plain text is a line of 11 points, an empty one a gap."""
    made, y = [], top
    for line in lines:
        text = Text(line) if isinstance(line, str) else line
        if text.text:
            made.append(Text(text.text, text.x, y, text.size, text.bold))
        y -= pitch if text.text else pitch * 0.8
    return made


def pdf(*pages: Sequence[Text], picture: bool = False, known: bool = True, extra: str = "") -> bytes:
    """Return a PDF in any script; letters are numbered as in Unicode, and with ``known`` the file says so.

    With ``picture`` every page without text holds an image. ``extra`` is added to the trailer.
    """
    objects: list[bytes] = []

    def add(body: bytes | str) -> int:
        objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return len(objects)

    def stream(data: bytes, more: str = "") -> bytes:
        packed = zlib.compress(data)
        head = f"<< /Length {len(packed)} /Filter /FlateDecode {more} >>\nstream\n"
        return head.encode() + packed + b"\nendstream"

    letters = sorted({c for page in pages for line in page for c in line.text})
    table = "".join(f"<{ord(c):04x}> <{ord(c):04x}>\n" for c in letters)
    cmap = f"1 begincodespacerange <0000> <ffff> endcodespacerange\n{len(letters)} beginbfchar\n{table}endbfchar\n"
    unicode = add(stream(("begincmap\n" + cmap + "endcmap").encode())) if known else 0
    fonts = []
    for name in ("Plain", "Plain-Bold"):
        descendant = add(
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /{name} /DW 500 "
            "/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> >>"
        )
        said = f"/ToUnicode {unicode} 0 R" if known else ""
        fonts.append(
            add(
                f"<< /Type /Font /Subtype /Type0 /BaseFont /{name} /Encoding /Identity-H "
                f"/DescendantFonts [{descendant} 0 R] {said} >>"
            )
        )
    image = add(
        stream(b"\x00", "/Type /XObject /Subtype /Image /Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8")
    )
    tree = len(objects) + 2 * len(pages) + 1
    kids = []
    for page in pages:
        drawn = "".join(
            f"BT /F{int(line.bold)} {line.size} Tf 1 0 0 1 {line.x} {line.y} Tm "
            f"<{line.text.encode('utf-16-be').hex()}> Tj ET\n"
            for line in page
        )
        if picture and not page:
            drawn = "q 500 0 0 700 50 50 cm /I Do Q\n"
        content = add(stream(drawn.encode()))
        kids.append(
            add(
                f"<< /Type /Page /Parent {tree} 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R "
                f"/Resources << /Font << /F0 {fonts[0]} 0 R /F1 {fonts[1]} 0 R >> /XObject << /I {image} 0 R >> >> >>"
            )
        )
    add(f"<< /Type /Pages /Kids [{' '.join(f'{k} 0 R' for k in kids)}] /Count {len(kids)} >>")
    catalog = add(f"<< /Type /Catalog /Pages {tree} 0 R >>")
    out, places = b"%PDF-1.7\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{n} 0 obj\n".encode() + body + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(f"{place:010d} 00000 n \n".encode() for place in places)
    out += f"trailer << /Size {len(objects) + 1} /Root {catalog} 0 R {extra} >>\nstartxref\n{start}\n%%EOF\n".encode()
    return out


def locked(plain: bytes, password: str, owner: str = "owner") -> bytes:
    """Return a PDF encrypted with a user's password, which may be empty."""
    from pypdf import PdfReader, PdfWriter

    writer = PdfWriter(PdfReader(io.BytesIO(plain)))
    writer.encrypt(password, owner, algorithm="AES-256")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
)
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="r1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>'
)
_STYLES = (
    f"<w:styles {_W}>"
    + "".join(
        f'<w:style w:type="paragraph" w:styleId="H{n}"><w:name w:val="heading {n}"/></w:style>' for n in (1, 2, 3)
    )
    + "</w:styles>"
)
_NUMBERING = (
    f"<w:numbering {_W}>"
    + "".join(
        f'<w:abstractNum w:abstractNumId="{n}">'
        + "".join(f'<w:lvl w:ilvl="{d}"><w:numFmt w:val="{kind}"/></w:lvl>' for d in (0, 1))
        + "</w:abstractNum>"
        for n, kind in ((1, "bullet"), (2, "decimal"))
    )
    + "".join(f'<w:num w:numId="{n}"><w:abstractNumId w:val="{n}"/></w:num>' for n in (1, 2))
    + "</w:numbering>"
)
_DOCUMENT_RELS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="s" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    f'<Relationship Id="n" Type="{_OFFICE}/numbering" Target="numbering.xml"/></Relationships>'
)


def paragraph(text: str, style: str = "") -> str:
    """Return a paragraph: ``H1``.. a heading, ``*`` and ``**`` bullets, ``1`` a number, ``b`` bold, or plain."""
    lists = {"*": (1, 0), "**": (1, 1), "1": (2, 0)}
    properties = f'<w:pStyle w:val="{style}"/>' if style.startswith("H") else ""
    if style in lists:
        number, depth = lists[style]
        properties = f'<w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="{number}"/></w:numPr>'
    bold = "<w:rPr><w:b/></w:rPr>" if style == "b" else ""
    run = f'<w:r>{bold}<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    return f"<w:p><w:pPr>{properties}</w:pPr>{run}</w:p>"


def table(*rows: Sequence[str]) -> str:
    """Return a table whose first row names the columns."""
    made = ""
    for n, row in enumerate(rows):
        head = "<w:trPr><w:tblHeader/></w:trPr>" if n == 0 else ""
        made += f"<w:tr>{head}" + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in row) + "</w:tr>"
    return f"<w:tbl>{made}</w:tbl>"


def docx(*body: str, prolog: str = "", more: dict[str, bytes] | None = None) -> bytes:
    """Return a Word file of paragraphs and tables; ``prolog`` goes before its XML, ``more`` are further parts."""
    parts: dict[str, str | bytes] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS,
        "word/document.xml": f"{prolog}<w:document {_W}><w:body>{''.join(body)}</w:body></w:document>",
        "word/_rels/document.xml.rels": _DOCUMENT_RELS,
        "word/styles.xml": _STYLES,
        "word/numbering.xml": _NUMBERING,
        **(more or {}),
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as files:
        for name, part in parts.items():
            files.writestr(name, part)
    return out.getvalue()
