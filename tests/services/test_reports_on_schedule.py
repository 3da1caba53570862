"""Reports on schedule over restarts of a real engine: a period that passed while nothing ran gets its report, once."""

from contextlib import closing
from pathlib import Path

from alerting.commands import OUTBOX, ReportPage
from alerting.events import PageRequested
from alerting.report_events import ReportDue
from services.engine import CODECS, STORE_NAME
from services.gateway.export import exported
from services.vault import ClearVault
from streams.run.embedded import DESK
from streams.run.sqlite import Store
from tests.daemons import CONFIGURATION
from tests.services.engine_room import Room

PLANNED = CONFIGURATION + 'reports:\n  - {{id: morning, kind: daily, at: "08:30", to: [desk]}}\n'


async def test_what_passed_while_nothing_ran_is_made_at_the_start_and_never_again(tmp_path: Path) -> None:
    room = Room(tmp_path)
    config = room.config(PLANNED)
    with room.engine(config):
        pass
    room.later(minutes=2 * 24 * 60)  # two mornings go by
    with room.engine(config) as engine:
        made = room.wait_for(ReportDue, 2)
        (page,) = [each for each in room.wait_for(PageRequested) if each.reason == "report"]
        assert page.category == made[1].report
        assert (made[0].people, made[1].people) == ((), ("lin",))
    with room.engine(config) as engine:
        assert [each.page for each in engine.unsent_pages] == [page.page]
        told = ReportPage(
            id="told", who=OUTBOX, brand=page.key, incident="", page=page.page, outcome="delivered"
        )
        await engine.command(told)
    with room.engine(config) as engine:
        assert engine.unsent_pages == ()
    assert len([event for event in room.events if isinstance(event, ReportDue)]) == 2
    assert not room.errors


def test_they_are_exported_as_every_other_event(tmp_path: Path) -> None:
    room = Room(tmp_path)
    with room.engine(room.config(PLANNED)):
        room.later(minutes=24 * 60)
    with room.engine(None):
        room.wait_for(ReportDue)
    with closing(Store(room.data / STORE_NAME, read_only=True)) as store:
        journal = map(CODECS[DESK].decode, store.journal(DESK).read())
        (line,) = exported([journal], ClearVault(), types=["report.due"])
    assert line.type == "report.due"
