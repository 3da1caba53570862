"""Whole evenings at the desk, told as timelines."""

import msgspec

from alerting.commands import (
    Acknowledge,
    CloseIncident,
    EaseLevel,
    FinishStep,
    OpenIncident,
    RaiseLevel,
    ReopenIncident,
    ReportPage,
)
from alerting.desk_state import open_incidents, pending_pages
from alerting.events import (
    ContentOffered,
    EaseSuggested,
    FreezeAsked,
    IncidentClosed,
    IncidentEased,
    IncidentJoined,
    IncidentRaised,
    PageRequested,
    PublicationsFrozen,
    PublicationsThawed,
)
from alerting.playbook_events import PlaybookEnded, PlaybookStarted, StepDone, StepOverdue
from streams.events import CommandRefused
from tests.alerting.stage import CONFIG, Stage, poisoning, signal
from tests.builders import at

POISONING = [poisoning(1, at("10:00")), poisoning(2, at("10:05"))]


def test_one_voice_is_yellow_and_a_second_one_makes_it_orange() -> None:
    stage = Stage()
    stage.signals(POISONING)
    assert stage.opened() == [("safety", "yellow")]
    assert [(event.from_level, event.level) for event in stage.of_type(IncidentRaised)] == [
        ("yellow", "orange")
    ]
    assert stage.incident().rules == ("p0", "p0-wide")


def test_one_author_who_writes_twice_stays_one_voice() -> None:
    stage = Stage()
    stage.signals([poisoning(1, at("10:00"), "a"), poisoning(2, at("10:10"), "a")])
    assert stage.incident().level == "yellow"
    assert [event.evidence.rule for event in stage.of_type(IncidentJoined)] == ["p0"]


def test_orange_calls_step_by_step_until_somebody_acknowledges() -> None:
    stage = Stage()
    stage.signals(POISONING)
    stage.until(at("10:41"))
    assert stage.pages() == [
        "10:00 notify he",                                        # yellow
        "10:05 notify he",                                        # orange
        "10:08 call he",
        "10:11 notify he", "10:11 notify fang", "10:11 call jin",
        "10:20 notify jin", "10:20 notify wu",
        "10:20 notify lin",                                       # a step of the playbook is late
        "10:20 notify he", "10:20 notify fang",                   # and another
        "10:30 notify jin", "10:30 notify wu",
        "10:35 call jin", "10:35 call jin",                       # both are still not done: whoever leads is called
        "10:40 notify jin", "10:40 notify wu",
    ]  # fmt: skip
    stage.does(Acknowledge(id="c1", who="he", brand="xibei", incident=stage.incident().id), at("10:41"))
    quiet = stage.until(at("11:10"))
    assert [event for event in quiet if isinstance(event, PageRequested) and event.reason == "step"] == []


def test_an_acknowledged_incident_that_nobody_works_on_is_paged_again() -> None:
    stage = Stage()
    stage.signals(POISONING)
    stage.does(Acknowledge(id="c1", who="fang", brand="xibei", incident=stage.incident().id), at("10:06"))
    stage.until(at("11:40"))
    again = [page for page in stage.of_type(PageRequested) if page.reason == "again"]
    assert [(page.at, page.person) for page in again] == [
        (at("10:36"), "fang"),
        (at("11:06"), "fang"), (at("11:06"), "he"),
        (at("11:36"), "fang"), (at("11:36"), "he"),
    ]  # fmt: skip


def test_yellow_at_night_waits_for_the_morning_and_does_not_pass_unnoticed() -> None:
    stage = Stage()
    stage.signals([poisoning(1, at("03:00"))])
    stage.until(at("07:59"))
    assert stage.pages() == []
    assert stage.incident().level == "yellow"
    stage.until(at("10:00"))
    assert stage.pages() == ["08:00 notify fang"]
    assert [(event.at, event.level) for event in stage.of_type(IncidentEased)] == [(at("09:00"), "blue")]


def test_an_incident_opened_by_hand_calls_people_for_its_level() -> None:
    stage = Stage()
    command = OpenIncident(
        id="o", who="lin", brand="xibei", level="orange", category="employee", note="店员直播"
    )
    stage.does(command, at("03:00"))
    assert stage.opened() == [("employee", "orange")]
    assert stage.pages() == ["03:00 notify fang"]
    (refused,) = stage.does(OpenIncident(**{**msgspec.structs.asdict(command), "id": "o2"}), at("03:01"))
    assert isinstance(refused, CommandRefused)
    assert refused.why == "already_open"


def test_two_reasons_together_are_red_and_freeze_publications() -> None:
    stage = Stage()
    stage.signals(POISONING)
    assert len(stage.of_type(FreezeAsked)) == 1
    assert stage.of_type(PublicationsFrozen) == []
    stage.signals([signal(3, at("10:20"), label="negative", reach=2_000_000)])
    incident = stage.incident()
    assert incident.level == "red"
    assert incident.frozen
    assert [event.by for event in stage.of_type(StepDone)] == [None]
    assert len(stage.of_type(PlaybookStarted)) == 1


def test_a_failed_page_goes_to_the_next_contact_then_to_the_next_step() -> None:
    stage = Stage()
    stage.signals(POISONING)
    first = next(page for page in pending_pages(stage.state) if page.level == "orange")
    second = failed(stage, first, "10:05:02")
    assert [(page.person, page.contact) for page in second] == [("he", 1)]
    third = failed(stage, second[0], "10:05:04")
    assert [(page.person, page.means, page.step) for page in third] == [("he", "call", 1)]
    stage.until(at("10:11"))
    assert stage.pages()[-3:] == ["10:11 notify he", "10:11 notify fang", "10:11 call jin"]


def failed(stage: Stage, page: PageRequested, clock: str) -> list[PageRequested]:
    report = ReportPage(
        id=f"report-{page.page}", who="outbox", brand="xibei", incident=page.incident, page=page.page,
        outcome="failed", detail="HTTP 500",
    )  # fmt: skip
    return [event for event in stage.does(report, at(clock)) if isinstance(event, PageRequested)]


def test_a_delivered_page_is_no_answer() -> None:
    stage = Stage()
    stage.signals(POISONING)
    page = pending_pages(stage.state)[-1]
    stage.does(
        ReportPage(
            id="r", who="outbox", brand="xibei", incident=page.incident, page=page.page, outcome="delivered"
        ),
        at("10:05:02"),
    )
    stage.until(at("10:08"))
    assert stage.pages()[-1] == "10:08 call he"
    assert page not in pending_pages(stage.state)


def test_yellow_comes_down_and_closes_by_itself() -> None:
    stage = Stage()
    stage.signals([poisoning(1, at("10:00"))])
    stage.until(at("12:00"))
    assert [(event.at, event.level) for event in stage.of_type(IncidentEased)] == [(at("11:00"), "blue")]
    assert [(event.at, event.reason) for event in stage.of_type(IncidentClosed)] == [(at("12:00"), "calm")]
    assert stage.pages() == ["10:00 notify he"]


def test_orange_only_suggests_to_come_down_once() -> None:
    stage = Stage()
    stage.signals(POISONING)
    stage.until(at("15:00"))
    assert [event.at for event in stage.of_type(EaseSuggested)] == [at("11:05")]
    assert stage.incident().level == "orange"


def test_a_person_lowers_orange_and_has_taken_care_of_it() -> None:
    stage = Stage()
    stage.signals(POISONING)
    incident = stage.incident().id
    stage.does(EaseLevel(id="e", who="he", brand="xibei", incident=incident, level="yellow"), at("10:30"))
    assert (stage.incident().level, stage.incident().acknowledged_by) == ("yellow", "he")
    stage.signals([poisoning(3, at("10:31"))])
    assert stage.incident().level == "yellow", "what it rose by is settled; one new voice is yellow"


def test_the_playbook_names_people_and_times_and_offers_what_is_not_expired() -> None:
    stage = Stage()
    stage.signals(POISONING)
    (started,) = stage.of_type(PlaybookStarted)
    assert [(step.id, step.person, step.due_at) for step in started.steps] == [
        ("complainant", "lin", at("10:20")),
        ("facts", "he", at("10:20")),
        ("freeze", None, None),
        ("statement", "he", at("10:35")),
        ("legal", "wu", at("10:50")),
        ("report", "he", at("10:05", day=1)),
    ]
    (offer,) = stage.of_type(ContentOffered)
    assert [variant.variant for variant in offer.variants] == ["a", "b"]


def test_a_step_that_waits_for_another_calls_nobody_until_it_is_its_turn() -> None:
    stage = Stage()
    stage.signals(POISONING)
    incident = stage.incident().id
    stage.does(Acknowledge(id="a", who="he", brand="xibei", incident=incident), at("10:06"))
    stage.until(at("10:50"))
    overdue = {event.step: event.waits_for for event in stage.of_type(StepOverdue)}
    assert overdue == {"complainant": (), "facts": (), "statement": ("facts",), "legal": ("statement",)}
    late = stage.does(
        FinishStep(id="f", who="he", brand="xibei", incident=incident, step="facts"), at("10:55")
    )
    assert [page.playbook_step for page in late if isinstance(page, PageRequested)] == [
        "statement",
        "statement",
    ]


def test_a_step_before_its_turn_is_refused() -> None:
    stage = Stage()
    stage.signals(POISONING)
    (refused,) = stage.does(
        FinishStep(id="f", who="wu", brand="xibei", incident=stage.incident().id, step="legal"), at("10:10")
    )
    assert isinstance(refused, CommandRefused)
    assert refused.why == "step_blocked"


def test_closing_ends_the_playbook_and_thaws() -> None:
    stage = Stage()
    stage.signals([*POISONING, signal(3, at("10:20"), label="negative", reach=2_000_000)])
    incident = stage.incident().id
    stage.does(
        CloseIncident(id="c", who="jin", brand="xibei", incident=incident, reason="已核实"), at("11:00")
    )
    (ended,) = stage.of_type(PlaybookEnded)
    assert ended.open_steps == ("complainant", "facts", "statement", "legal", "report")
    assert len(stage.of_type(PublicationsThawed)) == 1
    assert open_incidents(stage.state) == ()
    assert stage.until(at("23:00", day=2)) == [], "a closed incident keeps quiet"


def test_after_closing_only_news_opens_another() -> None:
    stage = Stage()
    stage.signals(POISONING)
    incident = stage.incident().id
    stage.does(
        CloseIncident(id="c", who="he", brand="xibei", incident=incident, false_alarm=True), at("10:10")
    )
    stage.signals([poisoning(3, at("10:11"))])
    assert stage.opened() == [("safety", "yellow"), ("safety", "yellow")]
    assert stage.incident().level == "yellow"


def test_a_reopened_incident_calls_again() -> None:
    stage = Stage()
    stage.signals(POISONING)
    incident = stage.incident().id
    stage.does(CloseIncident(id="c", who="he", brand="xibei", incident=incident, reason="完"), at("10:10"))
    stage.does(ReopenIncident(id="r", who="fang", brand="xibei", incident=incident), at("10:30"))
    assert stage.incident().status == "open"
    assert stage.pages()[-1] == "10:30 notify he"
    assert len(stage.of_type(PlaybookStarted)) == 2


def test_a_person_raises_and_everybody_is_called_for_the_new_level() -> None:
    stage = Stage()
    stage.signals([poisoning(1, at("10:00"))])
    incident = stage.incident().id
    stage.does(Acknowledge(id="a", who="he", brand="xibei", incident=incident), at("10:01"))
    stage.does(RaiseLevel(id="r", who="he", brand="xibei", incident=incident, level="red"), at("10:02"))
    assert stage.incident().status == "open"
    stage.until(at("10:05"))
    assert stage.pages()[-2:] == ["10:02 notify he", "10:05 call he"]


def test_missed_repeats_are_made_up_for_by_one() -> None:
    stage = Stage()
    stage.signals(POISONING)
    stage.until(at("10:20"))
    back = stage.partition.fire(at("18:35")).entry
    assert back is not None
    pages = [event for event in back.events if isinstance(event, PageRequested) and event.reason == "step"]
    assert [page.person for page in pages] == ["jin", "wu"]
    assert stage.partition.next_due is not None
    assert stage.partition.next_due <= at("18:45")


def test_the_same_signal_twice_counts_once() -> None:
    stage = Stage()
    assert stage.signals([POISONING[0], POISONING[0]]) == stage.events[1:]
    assert len(stage.opened()) == 1


def test_a_signal_of_an_unknown_brand_is_left_alone() -> None:
    stage = Stage()
    assert stage.signals([signal(1, at("10:00"), brand="other", severity="P0")]) == []


def test_nothing_is_known_before_a_configuration_holds() -> None:
    stage = Stage()
    fresh = stage.desk.begin()
    assert stage.desk.decide(fresh, poisoning(1, at("10:00")), at("10:00")) == []
    assert CONFIG.brand("xibei") is not None
