"""TrendRadar's word groups as monitors: each group a query that fits whatever the group's words fit.

On texts in normal form the two say the same. Beyond that they differ, and the written file says so:

- monitors see through disguises (廣告, 广*告), in what has to stand there and in what must not;
- monitors read text and title, TrendRadar titles alone;
- an item belongs to every monitor that fits, there to the first group;
- `!` holds for its own group, as the notes in TrendRadar's file have it; its code (60feb500) lets it hold for all groups.
"""

import re
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from services.config.trendradar import Group, LeftOut, Word, read_words
from streams.text.errors import QueryError, Wording
from streams.text.normalise import HAN, normalise
from streams.text.query import parse
from streams.text.sounds import syllables

__all__ = ["Import", "Imported", "configured_with", "import_words"]

MAX_SLUG_CHARS = 40

_SOUNDING = re.compile(f"[a-z0-9]+|[{HAN}]")
_NO_PLAIN_SCALAR = re.compile(r"[0-9].*|y|n|yes|no|on|off|true|false|null")
_MONITORS = re.compile(r"^monitors:\n(?: .*\n)+", re.MULTILINE)
_REFERENCE = re.compile(r"\bmonitor: brand\b")
_TRANSLATED = Wording(
    "至少一个能翻译的普通词，否则整组不导入",
    "one plain word at least that can be said; the group is left out",
)
_HEADING = """\
monitors:
  # 由 TrendRadar 词组导入（`fenghuo init --from-trendradar`）。 Imported from TrendRadar's word groups. Differences:
  # · /ai/ 也会在 email 里找到，与 TrendRadar 一样；写 ai 则只匹配整个词，也更快。 `ai` without slashes is a whole word.
  # · 监测词能识破伪装（廣告、广*告），排除词也一样。 Disguises are seen through, in what excludes as well.
  # · 正文和标题都看；TrendRadar 只看标题。 Texts are read as well as titles.
  # · 一条内容可以属于几条监测；TrendRadar 只归入第一组。 An item may fit several monitors.
  # · ! 只管本组。 A group's ! holds for that group alone.
  # · 请按轻重改 category 和 severity。 Set category and severity as they deserve.
"""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """A monitor, ready to be written: its id, its query, and a line above it that says where it is from."""

    id: str
    query: str
    remark: str


class Import(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that became of a file; `left_out` is in the order of lines."""

    monitors: tuple[Imported, ...]
    left_out: tuple[LeftOut, ...]


def import_words(text: str) -> Import:
    """The monitors that say what the word groups in the text of a file say."""
    file = read_words(text)
    left_out = list(file.left_out)
    monitors: dict[str, Imported] = {}
    for group in file.groups:
        try:
            queries = _queries(group, file.excluded)
        except QueryError as error:
            left_out.append(LeftOut(line=group.first, written=group.name, expected=error.expected))
            continue
        if not queries:
            left_out.append(LeftOut(line=group.first, written=group.name, expected=_TRANSLATED))
        for query in queries:
            name = _free(_slug(group.name), monitors)
            monitors[name] = Imported(id=name, query=query, remark=_remark(group))
    return Import(
        monitors=tuple(monitors.values()), left_out=tuple(sorted(left_out, key=lambda each: each.line))
    )


def configured_with(sample: str, imported: Import) -> str:
    """The sample configuration with the imported monitors for its own; its rules watch the first of them.

    Lines that were left out stay as comments with their numbers.
    """
    lost = [f"  # 没有导入 · left out: {_shown(str(each))}\n" for each in imported.left_out]
    monitors = "".join([_HEADING, *lost, *map(_yaml, imported.monitors)])
    configured, replaced = _MONITORS.subn(lambda _: monitors, sample)
    assert replaced == 1, "the sample has one list of monitors"
    return _REFERENCE.sub(f"monitor: {_scalar(imported.monitors[0].id)}", configured)


# -- queries


def _queries(group: Group, excluded_everywhere: Iterable[Word]) -> list[str]:
    """One query, or several that share the plain words if one would be beyond a limit; none if no plain word is left.

    Raises:
        QueryError: for a limit that no sharing can keep.
    """
    excluded = _operands([*group.excluded, *excluded_everywhere])
    required = [_operands([word]) for word in group.required]
    if not group.plain:
        return [_query(required, excluded)]
    return list(_shared(_operands(group.anyone), required, excluded))


def _shared(anyone: Sequence[str], required: list[Sequence[str]], excluded: Sequence[str]) -> Iterator[str]:
    if not anyone:
        return
    try:
        yield _query([anyone, *required], excluded)
    except QueryError:
        if len(anyone) == 1:
            raise
        half = len(anyone) // 2
        yield from _shared(anyone[:half], required, excluded)
        yield from _shared(anyone[half:], required, excluded)


def _query(sides: Sequence[Sequence[str]], excluded: Sequence[str]) -> str:
    """Of every side one, and none of the excluded."""
    if len(sides) == 1 and not excluded:
        query = " OR ".join(sides[0])
    else:
        query = " AND ".join(map(_one_of, sides)) + (f" AND NOT {_one_of(excluded)}" if excluded else "")
    return parse(query).source


def _one_of(operands: Sequence[str]) -> str:
    return operands[0] if len(operands) == 1 else f"({' OR '.join(operands)})"


def _operands(words: Iterable[Word]) -> Sequence[str]:
    return tuple(dict.fromkeys(operand for word in words for operand in word.operands))


# -- names and writing


def _slug(name: str) -> str:
    """An id that can be read aloud: 胖东来 is pang-dong-lai."""
    sounds = (_sound(piece) for piece in _SOUNDING.findall(normalise(name).text))
    slug = ""
    for sound in filter(None, sounds):
        if len(slug) + len(sound) >= MAX_SLUG_CHARS:
            break
        slug += f"-{sound}"
    return slug[1:] or "words"


def _sound(piece: str) -> str:
    return piece if piece.isascii() else next(iter(syllables(piece)), "")


def _free(slug: str, taken: Iterable[str]) -> str:
    number, free = 1, slug
    while free in taken:
        number += 1
        free = f"{slug}-{number}"
    return free


def _remark(group: Group) -> str:
    remark = f"第 {group.first} 行起 · from line {group.first}: {group.name}"
    if group.shown_at_most is None:
        return remark
    return f"{remark}（{group.shown_at_most} 在这里没有意义 · means nothing here）"


def _yaml(monitor: Imported) -> str:
    query = monitor.query.replace("'", "''")
    return (
        f"  # {_shown(monitor.remark)}\n"
        f"  - id: {_scalar(monitor.id)}\n"
        f"    query: '{query}'\n"
        "    category: brand\n"
        "    severity: P3\n"
    )


def _scalar(name: str) -> str:
    """Quoted where YAML would read a number or a yes."""
    return f"'{name}'" if _NO_PLAIN_SCALAR.fullmatch(name) else name


def _shown(text: str) -> str:
    """What a YAML comment can hold; the rest is spelt by its number."""
    return "".join(each if each.isprintable() else f"\\x{{{ord(each):x}}}" for each in text)
