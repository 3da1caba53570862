"""`fenghuo match`: which queries fit which texts, and where."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, BinaryIO

import msgspec
import typer

from services.commands.configuration import AsJson
from services.commands.lines import STDIN, chunked, opened, print_objects, raw_lines, text_lines
from services.commands.score import File
from services.errors import WrongUse

if TYPE_CHECKING:
    from services.gateway.records import Record
    from streams.text.item import Hit, Item
    from streams.text.matcher import Matcher
    from streams.text.query import Query
    from streams.text.sentiment import Scorer
    from streams.text.syntax import Node

THE_QUERY = "query"
"""Id of the one query of `--query`."""
MAX_QUERY_LINE_BYTES = 65_536


class QueryLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of a `--queries` file."""

    id: str
    query: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a term was found, in characters of the original text (or title)."""

    start: int
    end: int
    term: str
    written: str
    variant: str | None
    field: str | msgspec.UnsetType = msgspec.UNSET
    """Set for the title."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """One line of output: `match` and `spans` for one query, `matches` for many."""

    match: bool | msgspec.UnsetType = msgspec.UNSET
    spans: tuple[Place, ...] | msgspec.UnsetType = msgspec.UNSET
    matches: tuple[str, ...] | msgspec.UnsetType = msgspec.UNSET


def match(
    file: File = STDIN,
    query: Annotated[str | None, typer.Option("--query", metavar="Q", help="一条查询 · One query.")] = None,
    queries: Annotated[
        str | None,
        typer.Option("--queries", metavar="FILE", help='每行 {"id", "query"} · One object a line.'),
    ] = None,
    items: Annotated[
        bool, typer.Option("--items", help="每行一条记录 · Lines are records, not texts.")
    ] = False,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="不匹配，只说明怎样求值 · Print how queries are evaluated, read no texts."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """用监测词匹配文字，标出原文位置 · Match texts against queries, with the places in the original."""
    from streams.text.matcher import Matcher

    parsed = _queries(query, queries)
    matcher = Matcher(parsed)
    if explain:
        _explain(matcher, sorted(parsed), as_json=as_json)
        return
    scorer = _scorer_if_asked(parsed.values())
    records = _Records()
    with opened(file) as stream:
        for found in _batches(stream, records if items else None):
            scored = found if scorer is None else _with_sentiment(found, scorer)
            answers = _answers(matcher, scored, one=query is not None)
            if as_json:
                print_objects(answers)
            else:
                _show(scored, answers)
    if records.wrong:
        raise typer.Exit(1)


def _explain(matcher: "Matcher", ids: Sequence[str], *, as_json: bool) -> None:
    """The plan of every query; with `--json` lines `{"id", "plan"}`."""
    plans = [(query_id, matcher.explain(query_id)) for query_id in ids]
    if as_json:
        print_objects({"id": query_id, "plan": plan} for query_id, plan in plans)
    else:
        for _, plan in plans:
            typer.echo(plan)


def _batches(stream: BinaryIO, records: "_Records | None") -> "Iterator[list[Item | None]]":
    if records is None:
        yield from (_text_items(lines) for lines in chunked(text_lines(stream)))
    else:
        yield from (records.items(lines) for lines in chunked(raw_lines(stream)))


def _queries(query: str | None, queries: str | None) -> "dict[str, Query]":
    from streams.text.query import parse

    if (query is None) == (queries is None):
        raise WrongUse("give either --query Q or --queries FILE (--query 与 --queries 二选一)")
    if query is not None:
        return {THE_QUERY: parse(query)}
    assert queries is not None
    with opened(queries) as stream:
        return _parsed(list(raw_lines(stream)), queries)


def _parsed(lines: Sequence[bytes], name: str) -> "dict[str, Query]":
    from streams.text.errors import QueryError
    from streams.text.query import parse

    parsed: dict[str, Query] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        read = _query_line(line, f"{name}:{number}")
        if read.id in parsed:
            raise WrongUse(f"{name}:{number}: the id {read.id!r} again, each id once (重复的 id)")
        try:
            parsed[read.id] = parse(read.query)
        except QueryError as error:
            raise error.named(read.id) from None
    return parsed


def _query_line(line: bytes, place: str) -> QueryLine:
    try:
        return msgspec.json.decode(line[: MAX_QUERY_LINE_BYTES + 1], type=QueryLine)
    except msgspec.DecodeError as error:
        raise WrongUse(
            f'{place}: {error}; expected {{"id": "…", "query": "…"}} (查询文件每行一个对象)'
        ) from error


def _scorer_if_asked(queries: "Iterable[Query]") -> "Scorer | None":
    """The scorer, if any query asks for a sentiment; nothing is scored otherwise."""
    from streams.text.sentiment import load_scorer

    return load_scorer() if any(_asks_sentiment(query.root) for query in queries) else None


def _asks_sentiment(node: "Node") -> bool:
    from streams.text.syntax import And, Field, Not, Or

    match node:
        case Field(name="sentiment"):
            return True
        case Not(part):
            return _asks_sentiment(part)
        case And(parts) | Or(parts):
            return any(_asks_sentiment(part) for part in parts)
        case _:
            return False


def _text_items(lines: Iterable[str]) -> "list[Item | None]":
    from streams.text.item import Item
    from streams.text.normalise import normalise

    return [Item(text=normalise(line)) for line in lines]


class _Records:
    """Reads lines as records; one that is none is told, counted, and matches nothing. So does an empty one, untold."""

    def __init__(self) -> None:
        self.wrong = 0
        self._line = 0

    def items(self, lines: Iterable[bytes]) -> "list[Item | None]":
        return [self._item(line) for line in lines]

    def _item(self, line: bytes) -> "Item | None":
        from services.gateway.errors import FieldError
        from services.gateway.records import read_record

        self._line += 1
        if not line.strip():  # nothing is wrong with it, and nothing is in it
            return None
        try:
            return _item_of(read_record(line))
        except FieldError as error:
            self.wrong += 1
            typer.echo(f"line {self._line}: {error}", err=True)
            return None


def _item_of(record: "Record") -> "Item":
    from streams.facts import Counts
    from streams.text.item import Item
    from streams.text.normalise import normalise

    counts = record.counts or Counts()
    addressed = record.account is not None and record.kind in {"comment", "message"}
    return Item(
        text=normalise(record.text),
        title=None if record.title is None else normalise(record.title),
        author=record.author_name,
        platform=record.platform,
        url=record.url,
        tags=record.author_tags,
        kind="comment" if addressed else "mention",
        followers=record.author_followers,
        reposts=counts.reposts,
        likes=counts.likes,
        comments=counts.comments,
        views=counts.views,
    )


def _with_sentiment(items: "Sequence[Item | None]", scorer: "Scorer") -> "list[Item | None]":
    known = [item for item in items if item is not None]
    labels = iter([one.label for one in scorer.score([_whole_text(item) for item in known])])
    return [None if item is None else msgspec.structs.replace(item, sentiment=next(labels)) for item in items]


def _whole_text(item: "Item") -> str:
    return f"{item.title.original}\n{item.text.original}" if item.title else item.text.original


def _answers(matcher: "Matcher", items: "Sequence[Item | None]", *, one: bool) -> list[Answer]:
    hits = iter(matcher.match([item for item in items if item is not None]))
    return [_answer(item, next(hits) if item is not None else (), one=one) for item in items]


def _answer(item: "Item | None", hits: "Sequence[Hit]", *, one: bool) -> Answer:
    if not one:
        return Answer(matches=tuple(hit.id for hit in hits))
    if item is None or not hits:
        return Answer(match=False, spans=())
    return Answer(match=True, spans=tuple(_spans(item, hits[0])))


def _spans(item: "Item", hit: "Hit") -> Iterator[Place]:
    for span in hit.spans:
        yield Place(
            start=span.start,
            end=span.end,
            term=span.term,
            written=span.written(item),
            variant=span.variant,
            field=msgspec.UNSET if span.field == "text" else span.field,
        )


def _show(items: "Sequence[Item | None]", answers: Sequence[Answer]) -> None:
    for item, answer in zip(items, answers, strict=True):
        text = "" if item is None else item.text.original
        ids = " ".join(answer.matches or ())
        typer.echo(f"{'●' if ids or answer.match is True else '·'} {ids}\t{text}")
