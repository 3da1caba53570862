"""Answers to questions about response times that take seconds of a core."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from services.journals import Where
from services.questions import ReportAsked
from services.sla_history import history_of, history_under
from services.web.report_figures import Figures, figures_of
from streams.sla.report import Waited
from streams.text.sentiment import load_scorer

WHAT_IF_LEAD = timedelta(days=7)
"""So much before the time that is asked for is gone through as well: conversations that began then are known."""


def report(asked: ReportAsked, where: Where) -> Figures:
    """The report of one brand; with other promises, what they would have come to beside it.

    Raises:
        HistoryTooLong: more happened in that time than is read at once.
        services.errors.ServicesError, streams.errors.StreamsError: the journal cannot be read.
    """
    zone = ZoneInfo(asked.zone)
    history = history_of(where, asked.asked.from_at, asked.events_most, asked.now)
    waits = _of(list(history.waits(asked.now)), asked)
    under = None
    if asked.what_if is not None:
        since = asked.asked.from_at - WHAT_IF_LEAD
        other = history_under(where, asked.what_if, load_scorer, since, asked.what_if_events_most, asked.now)
        under = _of(list(other.waits(asked.now, history.agents)), asked)
    return figures_of(waits, under, asked.asked, zone)


def _of(waits: list[Waited], asked: ReportAsked) -> list[Waited]:
    period = asked.asked
    return [
        wait
        for wait in waits
        if period.from_at <= wait.clock.started_at < period.to_at
        and (asked.brand is None or wait.brand in (None, asked.brand))
    ]
