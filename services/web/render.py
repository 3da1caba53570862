"""Pages from templates: one environment, escaping always on, a missing name is an error."""

import hashlib
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.enums import MediaType
from markupsafe import Markup

from alerting.content_events import ReviewLevel
from alerting.oncall import next_change
from services.reports.document import Document
from services.views.incidents import open_levels
from services.views.queue import queue_counts
from services.web import times
from services.web.content_wording import review_level, variant_words
from services.web.texts import Language, known, say
from services.web.time_travel import has_past, staying
from services.web.visit import AnyRequest, Visit, language_of, path_of
from services.web.wording import SHAPES, amount, level_words, percent
from streams.sla.instants import to_us

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"
DIGEST_LENGTH = 12


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.globals.update(static=static_address, shapes=SHAPES, percent=percent, has_past=has_past)
    return environment


@cache
def static_address(name: str) -> str:
    """The address of a file in `static`, with its digest: a changed file has another address."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()
    return f"/static/{name}?v={digest[:DIGEST_LENGTH]}"


class Formats:
    """What templates write times, lengths and names with."""

    def __init__(self, language: Language, zone: ZoneInfo, now: datetime) -> None:
        self._language = language
        self._zone = zone
        self._now = now

    def when(self, at: datetime) -> Markup:
        """A short time whose title is exact."""
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            at.isoformat(), times.exact(at, self._zone), self.clock(at)
        )

    def clock(self, at: datetime) -> str:
        return times.short(at, self._now, self._zone, self._language)

    def exact(self, at: datetime) -> str:
        return times.exact(at, self._zone)

    def field(self, at: datetime) -> str:
        """As an input of a moment takes it: the wall time of the brand's zone, to the minute."""
        return f"{at.astimezone(self._zone):%Y-%m-%dT%H:%M}"

    def length(self, seconds: float) -> str:
        return times.length(seconds, self._language)

    def since(self, at: datetime) -> str:
        return times.length((self._now - at).total_seconds(), self._language)

    def countdown(self, seconds: float) -> str:
        return times.countdown(seconds)

    def epoch_ms(self, at: datetime) -> int:
        """What the browser counts with."""
        return to_us(at) // 1000

    def amount(self, number: float) -> str:
        return amount(number, self._language)

    def percent(self, share: float) -> str:
        return percent(share)

    def known(self, group: str, name: str) -> str:
        return known(self._language, group, name)

    def linked(self, key: str, **values: tuple[str, str]) -> Markup:
        """A text with numbers that can be pressed: each value is a number and its address."""
        links = {
            name: Markup('<a href="{}">{}</a>').format(address, number) if address else number
            for name, (number, address) in values.items()
        }
        return Markup(say(self._language, key)).format(**links)  # noqa: S704 (a text of ours)

    def variant(self, variant: str) -> str:
        return variant_words(variant, self._language)

    def review_level(self, level: ReviewLevel) -> str:
        return review_level(level, self._language)

    def level(self, level: str) -> str:
        return level_words(self._language, level)  # type: ignore[arg-type]


def page(visit: Visit, template: str, *, status: int = 200, **context: Any) -> Response[str]:
    """A page for somebody who is signed in, with the frame around it."""
    reader = visit.desk.reader
    said = visit.request.query_params.get("said", "")
    # The queue counts by itself: twice would cost a long queue twice.
    if "counts" not in context:
        context["counts"] = queue_counts(reader, visit.now, visit.brand_id)
    response = _response(
        template,
        status,
        visit=visit,
        t=visit.say,
        f=Formats(visit.language, visit.zone, visit.now),
        levels=open_levels(reader, visit.brand_id),
        now=visit.now,
        path=path_of(visit.request),
        said=visit.say(f"said.{said}") if said in ANSWERS else None,
        duty=_duty(visit),
        **context,
    )
    if visit.past:
        response.content = staying(response.content, visit.now)
    return response


def _duty(visit: Visit) -> str:
    """Who is on call, and until when: `值班 何 至 周一 09:00`."""
    roster = visit.roster
    return visit.say("sep").join(
        visit.say(
            "oncall",
            person=visit.name_of(roster.on_call(duty, visit.now)),
            until=_weekday_time(until, visit),
        )
        for duty in visit.config.oncall
        if (until := next_change(duty, roster.state(duty.id).overrides, visit.now)) is not None
    )


def _weekday_time(at: datetime, visit: Visit) -> str:
    local = at.astimezone(visit.zone)
    return f"{visit.say('weekdays').split()[local.weekday()]} {local:%H:%M}"


def bare_page(
    request: AnyRequest, template: str, now: datetime, *, status: int = 200, **context: Any
) -> Response[str]:
    """A page without the frame: signing in, and errors of those who are not."""
    language = language_of(request)
    return _response(
        template,
        status,
        t=lambda key, **values: say(language, key, **values),
        f=Formats(language, ZoneInfo("UTC"), now),
        now=now,
        path=path_of(request),
        **context,
    )


def document_file(document: Document, language: Language) -> str:
    """A report as a page that needs nothing beside it: its styles are in it, and no script."""
    style = "\n".join((STATIC / name).read_text("utf-8") for name in ("desk.css", "document.css"))
    return (
        _environment()
        .get_template("document_file.html")
        .render(
            doc=document,
            style=Markup(style),  # noqa: S704 (a file of ours)
            t=lambda key, **values: say(language, key, **values),
            f=Formats(language, ZoneInfo(document.timezone), document.made_at),
        )
    )


def _response(template: str, status: int, **context: Any) -> Response[str]:
    html = _environment().get_template(template).render(**context)
    return Response(html, media_type=MediaType.HTML, status_code=status)


ANSWERS = frozenset(
    {
        "acknowledged", "closed", "reopened", "raised", "eased", "noted", "finished", "skipped", "opened", "paused",
        "resumed", "no_reply_needed", "settled", "commander_assigned", "merged", "split", "corrected",
        "duty_confirmed", "duty_covered", "duty_overridden", "duty_swapped", "duty_ended", "duty_noted",
        "silenced", "unsilenced",
        "content_drafted", "content_submitted", "content_reviewed", "content_filled", "content_released", "content_posted",
        "content_withdrawn", "content_corrected", "playbook_started", "step_added", "step_retimed", "step_reassigned",
        "claim", "take_over", "release", "snooze", "wake", "tag", "untag", "spam", "replied", "raised_to_desk", "shift", "shift_taken",
        "report_recorded",
    }
)  # fmt: skip
"""What a page may say about the thing just done: the names of texts, never words from the address."""
