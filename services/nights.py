"""How often people are woken: the figure that decides whether a desk is believed or switched off."""

from collections.abc import Iterable
from datetime import timedelta

from services.attendants import Attendants
from services.backtest import VirtualHouse, read_records, replay
from services.backtest_lines import Summary, Tally
from services.config import texts
from services.config.model import Config
from services.config.problems import Place, Problem
from services.gateway.errors import FieldError
from streams.text.sentiment import load_scorer

NIGHT_CALLS_A_WEEK_MOST = 2.0
PICKED_UP_AFTER = timedelta(minutes=5)
"""In the trial somebody takes each incident so soon: else one night without an answer would count for many."""


def night_calls(config: Config, records: Iterable[bytes]) -> tuple[Problem, ...]:
    """A warning if these records would have woken people more often than they bear."""
    a_week = summary_of(config, records).night_calls_per_week
    if a_week <= NIGHT_CALLS_A_WEEK_MOST:
        return ()
    place = Place(file="fenghuo.yaml", path="rules")
    return (
        Problem(
            severity="warning", place=place, found=texts.night_calls(a_week), expected=texts.FEWER_NIGHT_CALLS
        ),
    )


def summary_of(config: Config, records: Iterable[bytes]) -> Summary:
    """What the configuration would have done with these records; lines that are none are passed over."""
    tally = Tally(config.desk)
    house = VirtualHouse(config, load_scorer, tally.happened, Attendants(PICKED_UP_AFTER))
    return tally.summary(replay(house, read_records(records, _passed_over)))


def _passed_over(number: int, error: FieldError) -> None:
    """`fenghuo backtest` tells them."""
