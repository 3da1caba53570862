"""A stand-in does one thing at a time, and what lets a text go out before everything else."""

import heapq
from datetime import datetime, timedelta

from alerting.commands import LOCAL_ADMIN, NoteIncident
from services.attendants import Job
from services.drill_worklists import Task, Worklists
from tests.builders import at


class Later:
    """Jobs by their time; `run` does them all and returns what was asked for when."""

    def __init__(self) -> None:
        self.jobs: list[tuple[datetime, int, Job]] = []
        self._count = 0

    def __call__(self, when: datetime, job: Job) -> int:
        self._count += 1
        heapq.heappush(self.jobs, (when, self._count, job))
        return self._count

    def run(self) -> list[tuple[datetime, str]]:
        done = []
        while self.jobs:
            when, _, job = heapq.heappop(self.jobs)
            done += [(when, command.id) for command in job(when)]
        return done


def task(name: str, *, person: str = "su", urgent: bool = False, wanted: bool = True) -> Task:
    asked = NoteIncident(id=name, who=LOCAL_ADMIN, brand="acme", incident="i", text="…")
    return Task(
        person=person, length=timedelta(minutes=4), job=lambda _at: [asked], is_wanted=lambda: wanted,
        is_urgent=urgent,
    )  # fmt: skip


def test_one_thing_at_a_time_the_urgent_ones_first() -> None:
    later = Later()
    lists = Worklists(later)
    for each in (task("a"), task("b"), task("out", urgent=True), task("other", person="wu")):
        lists.add(each, at("12:00"))
    assert later.run() == [
        (at("12:04"), "a"), (at("12:04"), "other"), (at("12:08"), "out"), (at("12:12"), "b"),
    ]  # fmt: skip


def test_what_a_deputy_did_meanwhile_is_not_begun() -> None:
    later = Later()
    lists = Worklists(later)
    for each in (task("a"), task("done", wanted=False), task("b")):
        lists.add(each, at("12:00"))
    assert later.run() == [(at("12:04"), "a"), (at("12:08"), "b")]


def test_whoever_is_done_begins_anew_when_asked() -> None:
    later = Later()
    lists = Worklists(later)
    lists.add(task("a"), at("12:00"))
    assert later.run() == [(at("12:04"), "a")]
    lists.add(task("b"), at("13:00"))
    assert later.run() == [(at("13:04"), "b")]
