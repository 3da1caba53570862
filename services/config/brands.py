"""A brand: itself, its accounts and monitors. It stands inline in fenghuo.yaml, or in a file of brands/."""

from collections.abc import Iterable

import msgspec

from services.config import texts
from services.config.problems import Place
from services.config.readers import (
    SEVERITIES,
    attempted,
    choice,
    ident,
    identified,
    line,
    native_id,
    platform,
    reference,
    zone,
)
from services.config.values import Table, Value
from streams.config import Account, Monitor
from streams.text.errors import QueryError
from streams.text.query import parse

MOST_ACCOUNTS = 10_000
MOST_MONITORS = 100_000
DEFAULT_TIMEZONE = "Asia/Shanghai"
INLINE = frozenset({"brand", "accounts", "monitors", "rules", "levels", "playbooks", "maintenance"})
"""Keys that belong to a brand; a file of brands/ holds these alone."""


class BrandName(msgspec.Struct, frozen=True, kw_only=True):
    """Who the brand is."""

    id: str
    name: str
    timezone: str
    place: Place


def read_brand(table: Table) -> BrandName | None:
    """The brand of a document; None where there is none."""
    return table.optional("brand", _brand, None)


def _brand(value: Value) -> BrandName:
    with value.table() as table:
        name = table.required("id", ident, "")
        return BrandName(
            id=name,
            name=table.optional("name", line, name),
            timezone=table.optional("timezone", zone, DEFAULT_TIMEZONE),
            place=table.key_place("id"),
        )


def read_accounts(table: Table, brand: str, people: Iterable[str]) -> tuple[Account, ...]:
    """Our own accounts; each once per platform."""
    custodian = reference(people)

    def read(value: Value) -> tuple[Account, ...]:
        lines: dict[tuple[str | None, str | None], int] = {}
        accounts: list[Account] = []
        for item in value.items(most=MOST_ACCOUNTS):
            both = (item.word_at("platform"), item.word_at("id"))
            if lines.setdefault(both, item.place.line) != item.place.line:
                again = texts.id_again("/".join(word or "?" for word in both), lines[both])
                item.report.error(item.place, again, texts.EACH_ID_ONCE)
            accounts.extend(attempted(item, account))
        return tuple(accounts)

    def account(value: Value) -> Account:
        with value.table() as inner:
            return Account(
                brand=brand,
                platform=inner.required("platform", platform, ""),
                id=inner.required("id", native_id, ""),
                name=inner.optional("name", line, ""),
                custodian=inner.optional("custodian", custodian, None),
            )

    return table.optional("accounts", read, ())


def read_monitors(table: Table, brand: str) -> tuple[Monitor, ...]:
    """The saved queries, each one parsed."""
    return table.optional("monitors", identified(lambda one: _monitor(one, brand), MOST_MONITORS), ())


def _monitor(table: Table, brand: str) -> Monitor:
    return Monitor(
        brand=brand,
        id=table.required("id", ident, ""),
        query=table.required("query", _query, ""),
        category=table.optional("category", ident, "brand"),
        severity=table.optional("severity", choice(SEVERITIES), "P3"),
    )


def _query(value: Value) -> str:
    written = value.scalar(texts.QUERY)
    try:
        return parse(written).source
    except QueryError as error:
        found = texts.in_query(error.line, error.column, error.found)
        value.report.error(_place_in(value, error), found, error.expected)
        return written


def _place_in(value: Value, error: QueryError) -> Place:
    """Where in the file the query goes wrong, as far as a place in the query has one place in the file."""
    style = getattr(value.node, "style", None)
    place = value.place
    if style in {"|", ">"}:
        return msgspec.structs.replace(place, line=place.line + error.line, column=1)
    quote = 0 if style is None else 1
    return msgspec.structs.replace(place, column=place.column + quote + error.column - 1)
