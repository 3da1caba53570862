"""The PDF takes whatever people write."""

from datetime import UTC, datetime
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from services.reports.document import (
    Document,
    Figure,
    Figures,
    Grid,
    Piece,
    Quotes,
    Said,
    Section,
    Words,
    plain,
)
from services.reports.pdf import pdf_of


def document(text: str) -> Document:
    link = f"http://desk.example/mentions?a=1&b={quote(text[:20], errors='replace')}"
    blocks = (
        Words((Piece(text, link), Piece(text, strong=True), Piece(text, tone="red"))),
        Quotes((Said(text, plain(text)),)),
        Figures((Figure(text[:10], text[:200], link),)),
        Grid((text[:200], "b"), ((plain(text), plain("1")),) * 3, 1),
    )
    return Document(
        title=text, subtitle=text, verdict=text, sections=(Section("a", text, blocks),), foot=text,
        made_at=datetime(2026, 11, 23, tzinfo=UTC), timezone="UTC", file_name="x",
    )  # fmt: skip


ODD = "🍋好 \x00\x07 <b>&amp; ]]> 𠮷野家 ﷽ \u200b\u202eabc </para> <a href='x'> \ud83d"


def test_odd_signs_and_long_texts_make_a_file() -> None:
    assert pdf_of(document(ODD)).startswith(b"%PDF")
    assert pdf_of(document("长" * 5_000)).count(b"/Type /Page\n") > 3


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_any_text_makes_a_file(text: str) -> None:
    assert pdf_of(document(text)).startswith(b"%PDF")
