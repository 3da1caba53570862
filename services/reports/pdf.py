"""A document as a PDF, made by reportlab.

Chinese stands in STSong-Light, one of the fonts that PDF readers bring themselves (Adobe-GB1): nothing is embedded, nothing
is downloaded, and no font has to be on the machine that makes the file.
"""

import re
import unicodedata
from collections.abc import Iterator
from io import BytesIO
from xml.sax.saxutils import escape, quoteattr

from reportlab.graphics.shapes import Drawing, Line, Path, String
from reportlab.lib import colors
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import CondPageBreak, Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from services.reports.document import Block, Chart, Document, Figures, Grid, Piece, Pieces, Quotes, Words
from services.web import curve as box

FONT = "STSong-Light"
MARGIN = 18 * mm
FRAME_PADDING = 6
"""That reportlab puts around everything."""
WIDTH = A4[0] - 2 * MARGIN - 2 * FRAME_PADDING
HEAD_ROOM = 45 * mm
"""A section does not begin lower than this above the end of a page."""
INK, SOFT, HAIR = colors.HexColor("#1f2328"), colors.HexColor("#5f6468"), colors.HexColor("#dedad2")
AREA, LINK = colors.HexColor("#f3d9d7"), "#1d4f91"
TONES = {"blue": "#2b6cb0", "yellow": "#95620f", "orange": "#b04a17", "red": "#c53030"}
NARROW = 22 * mm
"""A column beside the one that takes the room."""

_FONT_ENDS = 0xFFFF
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_BLANKS = re.compile(r"\s+")
_BODY = ParagraphStyle("body", fontName=FONT, fontSize=9.5, leading=15, textColor=INK, wordWrap="CJK")
_SMALL = ParagraphStyle("small", _BODY, fontSize=8, leading=12, textColor=SOFT)
_TITLE = ParagraphStyle("title", _BODY, fontSize=18, leading=26)
_SECTION = ParagraphStyle("section", _BODY, fontSize=12.5, leading=20, spaceBefore=12, spaceAfter=4)
_VERDICT = ParagraphStyle("verdict", _BODY, fontSize=11.5, leading=19, spaceBefore=4)
_QUOTE = ParagraphStyle("quote", _BODY, leftIndent=10, borderPadding=0)
_NUMBER = ParagraphStyle("number", _BODY, alignment=TA_RIGHT)
_LARGE = ParagraphStyle("large", _BODY, fontSize=20, leading=26)


def pdf_of(document: Document) -> bytes:
    """The file."""
    if FONT not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    file = BytesIO()
    template = SimpleDocTemplate(
        file, pagesize=A4, leftMargin=MARGIN, rightMargin=MARGIN, topMargin=MARGIN, bottomMargin=MARGIN,
        title=_plain(document.title), author="Fenghuo", subject=_plain(document.verdict), invariant=1,
    )  # fmt: skip
    template.build(list(_flow(document)))
    return file.getvalue()


def _flow(document: Document) -> Iterator[Flowable]:
    yield Paragraph(_escaped(document.title), _TITLE)
    yield Paragraph(_escaped(document.subtitle), _SMALL)
    if document.verdict:
        yield Paragraph(_escaped(document.verdict), _VERDICT)
    for section in document.sections:
        yield CondPageBreak(HEAD_ROOM)
        yield Paragraph(_escaped(section.title), _SECTION)
        yield from _blocks(section.blocks)
    yield Spacer(1, 8 * mm)
    yield Paragraph(_escaped(document.foot), _SMALL)


def _blocks(blocks: tuple[Block, ...]) -> Iterator[Flowable]:
    for block in blocks:
        match block:
            case Words():
                yield Paragraph(_marked(block.pieces), _SMALL if block.small else _BODY)
            case Figures():
                yield _figures(block)
            case Chart():
                yield _chart(block)
            case Quotes():
                for said in block.said:
                    yield Paragraph(_escaped(said.text), _QUOTE)
                    yield Paragraph(
                        _marked(said.about), ParagraphStyle("about", _SMALL, leftIndent=10, spaceAfter=4)
                    )
            case Grid():
                if block.rows:
                    yield _grid(block)


def _figures(block: Figures) -> Flowable:
    numbers = [Paragraph(_marked((Piece(figure.number, figure.link),)), _LARGE) for figure in block.figures]
    words = [Paragraph(_escaped(figure.words), _SMALL) for figure in block.figures]
    return Table(
        [numbers, words],
        colWidths=[WIDTH / len(numbers)] * len(numbers),
        style=[("LEFTPADDING", (0, 0), (-1, -1), 0)],
        hAlign="LEFT",
    )


def _grid(block: Grid) -> Flowable:
    columns = len(block.rows[0])
    heads = [
        [
            Paragraph(_escaped(words), _style(place, block, head=True))
            for place, words in enumerate(block.head)
        ]
    ]
    rows = [
        [Paragraph(_marked(cell), _style(place, block, head=False)) for place, cell in enumerate(row)]
        for row in block.rows
    ]
    wide = WIDTH - NARROW * (columns - 1) if columns <= 3 else WIDTH * 1.6 / (columns + 0.6)
    narrow = (WIDTH - wide) / max(1, columns - 1)
    return Table(
        (heads if block.head else []) + rows,
        colWidths=[wide if place == block.wide else narrow for place in range(columns)],
        repeatRows=1 if block.head else 0,
        splitInRow=1,  # a note may be longer than a page
        hAlign="LEFT",
        style=[
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HAIR),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("TOPPADDING", (0, 0), (-1, -1), 2),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ],
    )


def _style(place: int, block: Grid, *, head: bool) -> ParagraphStyle:
    if place < block.numbers_from:
        return _SMALL if head else _BODY
    return ParagraphStyle("head", _SMALL, alignment=TA_RIGHT) if head else _NUMBER


def _chart(block: Chart) -> Flowable:
    """The same curve as on the page, without what only a pointer can do."""
    scale = WIDTH / box.WIDTH
    drawing = Drawing(WIDTH, (box.HEIGHT + 20) * scale)
    drawing.scale(scale, scale)
    for bars, negative in ((block.curve.bars, True), (block.curve.bars, False)):
        path = Path(
            strokeColor=None if negative else INK, fillColor=AREA if negative else None, strokeWidth=1.4
        )
        places = [
            (bar.x + bar.width / 2, _height(bar.negative if negative else bar.items, block)) for bar in bars
        ]
        places = [(0.0, places[0][1]), *places, (float(box.WIDTH), places[-1][1])]
        corners = [(0.0, 20.0), *places, (float(box.WIDTH), 20.0)] if negative else places
        path.moveTo(*corners[0])
        for corner in corners[1:]:
            path.lineTo(*corner)
        if negative:
            path.closePath()
        drawing.add(path)
    drawing.add(Line(0, 20, box.WIDTH, 20, strokeColor=HAIR))
    for mark in block.curve.marks:
        tone = colors.HexColor(TONES.get(mark.tone, "#2f6f4f"))
        drawing.add(Line(mark.x, 20, mark.x, 20 + box.HEIGHT, strokeColor=tone, strokeDashArray=[3, 3]))
        drawing.add(
            String(
                mark.x - 4 if mark.flipped else mark.x + 4, box.HEIGHT + 10 - 15 * mark.row, mark.words,
                fontName=FONT, fontSize=9, fillColor=tone, textAnchor="end" if mark.flipped else "start",
            )
        )  # fmt: skip
    drawing.add(
        String(
            0,
            22 + box.HEIGHT / box.HEADROOM,
            f"{block.curve.peak:,}",
            fontName=FONT,
            fontSize=9,
            fillColor=SOFT,
        )
    )
    drawing.add(String(0, 6, block.from_words, fontName=FONT, fontSize=9, fillColor=SOFT))
    drawing.add(
        String(box.WIDTH, 6, block.to_words, fontName=FONT, fontSize=9, fillColor=SOFT, textAnchor="end")
    )
    return drawing


def _height(count: int, block: Chart) -> float:
    return 20 + box.HEIGHT * count / (block.curve.peak * box.HEADROOM)


def _marked(pieces: Pieces) -> str:
    return "".join(map(_piece, pieces))


def _piece(piece: Piece) -> str:
    words = _escaped(piece.text)
    if piece.link:
        return f"<a href={quoteattr(piece.link)} color={quoteattr(LINK)}>{words}</a>"
    if piece.tone in TONES:
        return f"<font color={quoteattr(TONES[piece.tone])}>{words}</font>"
    return words


def _escaped(text: str) -> str:
    """As reportlab's little language takes it."""
    return escape(_plain(text))


def _plain(text: str) -> str:
    return _BLANKS.sub(" ", "".join(map(_printable, text)))


def _printable(letter: str) -> str:
    """The font ends at U+FFFF: beyond, a letter becomes 〓, the printers' sign for one that is missing; emoji go."""
    kind = unicodedata.category(letter)
    if kind in _UNPRINTABLE and letter not in "\t\n":
        return ""
    if ord(letter) <= _FONT_ENDS:
        return letter
    return "〓" if kind.startswith("L") else ""
