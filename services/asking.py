"""Questions of commands about how things stand: to the running daemon if there is one, else to the folder itself."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import httpx
import msgspec

from alerting.config import DeskConfig
from alerting.report_events import ReportKind
from services.engine import CODECS, STORE_NAME, Book
from services.errors import ServicesError, WrongUse
from services.gateway.address import daemon_of
from services.reports.files import file_of
from services.reports.period_report import period_of_days
from services.reports.reporter import made_of_incident, made_of_period
from services.reports.telling import Telling
from services.sla_history import waits_since
from services.vault import Vault
from services.views.cursor import LIMIT_MOST
from services.views.incidents import incidents_page
from services.views.items import item
from services.views.queue import QueueFilter, queue_page
from services.views.reader import Reader
from services.views.rows import ItemRow, Page
from services.views.store import DESK, INTAKE, Views
from services.web.incident_shapes import incident_shape
from services.web.new_words import NewWords
from services.web.shapes import queue_shape
from services.web.texts import Language
from services.web.visit import LANGUAGE_COOKIE
from streams.run.folder import FolderLock
from streams.run.sqlite import Store

VIEWS_NAME = "views.db"

Shape = Mapping[str, Any]


class DaemonUnclear(ServicesError):
    """The running daemon answered with an error."""


def queue(folder: Path, environ: Mapping[str, str], now: datetime, *, overdue: bool) -> Iterator[Shape]:
    """Conversations that wait for us, what runs out first on top, as `/api/queue` shows them.

    Raises:
        WrongUse: the folder holds no journal.
        DaemonUnclear, streams.errors.StreamsError: the question could not be answered.
    """
    answered = _asked(folder, "/api/queue", {"overdue": "true"} if overdue else {})
    if answered is not None:
        yield from answered
        return
    wanted = QueueFilter(overdue_at=now if overdue else None)
    with _reading(folder, environ) as (reader, vault):
        for row in _paged(lambda cursor: queue_page(reader, wanted, limit=LIMIT_MOST, cursor=cursor)):
            yield msgspec.to_builtins(queue_shape(row, vault, now))


def incidents(folder: Path, environ: Mapping[str, str], *, open_only: bool) -> Iterator[Shape]:
    """Incidents, open ones first, as `/api/incidents` shows them.

    Raises: as `queue`.
    """
    answered = _asked(folder, "/api/incidents", {"open": "true"} if open_only else {})
    if answered is not None:
        yield from answered
        return
    with _reading(folder, environ) as (reader, vault):
        words = NewWords(reader, vault, vault.veil)
        for row in _paged(
            lambda cursor: incidents_page(reader, open_only=open_only, limit=LIMIT_MOST, cursor=cursor)
        ):
            yield msgspec.to_builtins(incident_shape(words.row(row)))


def incident_report(
    folder: Path,
    environ: Mapping[str, str],
    now: datetime,
    incident_id: str,
    kind: str,
    *,
    language: Language,
    url: str,
) -> bytes:
    """The report on an incident as a file of `kind`; without a daemon its links lead to `url`.

    Raises: as `queue`; and
        WrongUse: there is no incident of this id.
    """
    with _daemon(folder) as client:
        if client is not None:
            path = f"/incidents/{quote(incident_id, safe='')}/report.{kind}"
            return _file(client.get(path, headers={"Cookie": f"{LANGUAGE_COOKIE}={language}"}), path)
    with _reading(folder, environ) as (reader, vault):
        telling = Telling(
            reader=reader, opener=vault, veil=vault.veil, config=_configured(folder), brand="", language=language,
            now=now, base_url=url,
        )  # fmt: skip
        made = made_of_incident(incident_id, telling, partial(waits_since, folder))
    if made is None:
        raise WrongUse(f"there is no incident {incident_id} (没有这个事件)")
    return file_of(made.report, made.document, kind, language)


class PeriodAsked(msgspec.Struct, frozen=True, kw_only=True):
    """Which report on a stretch of time somebody wants; days of the brand's zone, the last one included."""

    kind: ReportKind
    brand: str | None = None
    first: date | None = None
    last: date | None = None
    category: str | None = None

    def query(self) -> dict[str, str]:
        """As the desk's page takes it."""
        named = {
            "kind": self.kind, "brand": self.brand, "category": self.category,
            "from": self.first and self.first.isoformat(), "to": self.last and self.last.isoformat(),
        }  # fmt: skip
        return {name: value for name, value in named.items() if value}


def period_report(
    folder: Path,
    environ: Mapping[str, str],
    now: datetime,
    asked: PeriodAsked,
    kind: str,
    *,
    language: Language,
    url: str,
) -> bytes:
    """The report on a stretch of time as a file of `kind`; without a daemon its links lead to `url`.

    Raises: as `queue`; and
        WrongUse: the days do not fit, or there is no such brand.
    """
    if not (folder / STORE_NAME).exists():
        return _report_of_node(folder, asked, kind, language)
    config = _configured(folder)
    brand = config.brand(asked.brand) if asked.brand else next(iter(config.brands), None)
    if brand is None:
        raise WrongUse(f"there is no brand {asked.brand or ''} (没有这个品牌)")
    zone = ZoneInfo(brand.timezone)
    today = now.astimezone(zone).date()
    period = period_of_days(asked.kind, zone, today, asked.first, asked.last, asked.category)
    with _daemon(folder) as client:
        if client is not None:
            return _period_file(client, asked, kind, language)
    with _reading(folder, environ) as (reader, vault):
        telling = Telling(
            reader=reader, opener=vault, veil=vault.veil, config=config, brand=brand.id, language=language, now=now,
            base_url=url,
        )  # fmt: skip
        made = made_of_period(period, telling, partial(waits_since, folder))
    return file_of(made.report, made.document, kind, language)


def _report_of_node(folder: Path, asked: PeriodAsked, kind: str, language: Language) -> bytes:
    """Of a node on Kafka, whose folder holds no journal: it knows brand and days itself."""
    with _daemon(folder) as client:
        if client is None:
            raise _no_journal(folder)
        return _period_file(client, asked, kind, language)


def _period_file(client: httpx.Client, asked: PeriodAsked, kind: str, language: Language) -> bytes:
    path = f"/reports/now/report.{kind}"
    cookie = {"Cookie": f"{LANGUAGE_COOKIE}={language}"}
    return _file(client.get(path, params=asked.query(), headers=cookie), path)


def _no_journal(folder: Path) -> WrongUse:
    return WrongUse(f"{folder} holds no journal, and no daemon runs on it (没有日志，也没有运行中的服务)")


def _file(answer: httpx.Response, path: str) -> bytes:
    if answer.status_code == httpx.codes.BAD_REQUEST:
        raise WrongUse("there is no such brand, or the days do not fit (没有这个品牌，或起止日期不对)")
    if answer.status_code == httpx.codes.NOT_FOUND:
        raise WrongUse(f"there is nothing at {path} (没有这个报告)")
    if answer.status_code != httpx.codes.OK:
        raise DaemonUnclear(f"the daemon answers {answer.status_code} to {path}: {answer.text[:300]}")
    return answer.content


def _configured(folder: Path) -> DeskConfig:
    """The configuration that the desk decided by last."""
    with closing(Store(folder / STORE_NAME, read_only=True)) as store:
        journal = store.journal(DESK)
        last = next(journal.read(max(0, journal.head().seq - 1)), None)
        book = Book({}, {})
        book.add(store.configs())
        config = CODECS[DESK].decode(last).config if last is not None else None
    return book.desk.get(config or "") or DeskConfig(people=(), brands=())


def item_of(folder: Path, environ: Mapping[str, str], item_id: str) -> ItemRow | None:
    """One item of a folder that no daemon holds; None: no page knows it.

    Raises: as `queue`.
    """
    with _reading(folder, environ) as (reader, _):
        return item(reader, item_id)


def _asked(folder: Path, path: str, parameters: Mapping[str, str]) -> Iterator[Shape] | None:
    """What the running daemon answers, page after page; None if none runs."""
    client = daemon_of(folder)
    return None if client is None else _pages(client, path, {**parameters, "limit": str(LIMIT_MOST)})


@contextmanager
def _daemon(folder: Path) -> Iterator[httpx.Client | None]:
    client = daemon_of(folder)
    try:
        yield client
    finally:
        if client is not None:
            client.close()


def _pages(client: httpx.Client, path: str, parameters: dict[str, str]) -> Iterator[Shape]:
    with closing(client):
        while True:
            answer = client.get(path, params=parameters)
            if answer.status_code != httpx.codes.OK:
                raise DaemonUnclear(f"the daemon answers {answer.status_code} to {path}: {answer.text[:300]}")
            listing = answer.json()
            yield from listing["items"]
            if listing["next"] is None:
                return
            parameters["cursor"] = listing["next"]


@contextmanager
def _reading(folder: Path, environ: Mapping[str, str]) -> Iterator[tuple[Reader, Vault]]:
    """The views of a folder that nobody else holds, brought up to the end of its journals."""
    if not (folder / STORE_NAME).exists():
        raise _no_journal(folder)
    with FolderLock(folder):
        _catch_up(folder)
        reader, vault = Reader(folder / VIEWS_NAME), Vault.of_folder(folder, environ)
        try:
            yield reader, vault
        finally:
            reader.close()
            vault.close()


def _catch_up(folder: Path) -> None:
    store, views = Store(folder / STORE_NAME, read_only=True), Views(folder / VIEWS_NAME)
    try:
        for partition in (INTAKE, DESK):
            views.follow(store.journal(partition))
    finally:
        views.close()
        store.close()


def _paged(page: Callable[[str | None], Page[Any]]) -> Iterator[Any]:
    cursor: str | None = None
    while True:
        found = page(cursor)
        yield from found.items
        if found.next is None:
            return
        cursor = found.next
