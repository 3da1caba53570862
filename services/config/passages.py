"""Several statements in one Markdown file, each below a heading: `## weibo/hold`, or `## douyin/a 口播稿，约 40 秒`.

What they share (set, scenario, author, expiry, blanks) stands once, in the front matter. A file whose front matter names
a platform holds a single statement, and headings in it are words like others.
"""

import re
from collections.abc import Iterator

import msgspec

from services.config import statement_texts as texts
from services.config.documents import Sheet
from services.config.problems import Place, Report

_HEADING = re.compile(
    r"^## +([a-z][a-z0-9_-]{0,31})/([A-Za-z0-9][A-Za-z0-9_.-]{0,63})(?:[ \t]+(\S.{0,99}))?[ \t]*$"
)
_ANY_HEADING = re.compile(r"^## +\S")


class Passage(msgspec.Struct, frozen=True, kw_only=True):
    """The words of one statement, and the line of the file on which they begin."""

    platform: str
    variant: str
    form: str = ""
    """How it is brought out there (口播稿, 置顶评论); empty: as the platform's usual post."""
    text: str
    line: int


def has_passages(sheet: Sheet) -> bool:
    """Whether a file is cut by headings. One that names a platform or a variant is a single statement."""
    is_single = any(sheet.head.word_at(key) is not None for key in ("platform", "variant"))
    return not is_single and any(_ANY_HEADING.match(written) for written in sheet.body.splitlines())


def passages_of(sheet: Sheet, report: Report) -> Iterator[Passage]:
    """The statements of such a file; what is no heading, or has no words below it, is reported."""
    lines, file = sheet.body.splitlines(), sheet.head.file
    heads = [number for number, written in enumerate(lines) if _ANY_HEADING.match(written)]
    if any(written.strip() for written in lines[: heads[0]]):
        report.error(Place(file=file, line=sheet.body_line), texts.ABOVE_HEADINGS, texts.HEADING)
    for head, end in zip(heads, [*heads[1:], len(lines)], strict=True):
        place = Place(file=file, line=sheet.body_line + head)
        found, text = _HEADING.match(lines[head]), "\n".join(lines[head + 1 : end])
        if found is None:
            report.error(place, texts.heading(lines[head]), texts.HEADING)
        elif not text.strip():
            report.error(place, texts.NO_WORDS, texts.WORDS_BELOW)
        else:
            blank_lines = len(text) - len(text.lstrip("\n"))
            yield Passage(
                platform=found[1],
                variant=found[2],
                form=(found[3] or "").strip(),
                text=text.strip(),
                line=place.line + 1 + blank_lines,
            )
