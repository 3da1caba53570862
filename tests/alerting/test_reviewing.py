"""The three-level review: three people, an opinion each, deputies, the emergency lane."""

from datetime import timedelta

import msgspec
import pytest

from alerting.commands import CloseIncident
from alerting.config import ContentItem, Hours, Material
from alerting.content import lock_item
from alerting.content_commands import (
    CorrectContent,
    DraftContent,
    ReleaseContent,
    ReviewContent,
    SubmitContent,
    WithdrawContent,
)
from alerting.content_events import (
    ContentApproved,
    ContentReleased,
    ContentReturned,
    ContentSubmitted,
    CorrectionAsked,
    RatificationLapsed,
    ReviewAsked,
)
from alerting.events import PageRequested
from tests.alerting.review_stage import FINDING, STATEMENT, TEAM, ReviewDesk, house
from tests.alerting.stage import at_wall
from tests.builders import at


def asked(stage: ReviewDesk) -> list[str]:
    return [f"{at_wall(each.at)} {each.level} {each.person}" for each in stage.of_type(ReviewAsked)]


def test_three_people_one_after_the_other_and_then_it_is_locked() -> None:
    stage = ReviewDesk()
    assert stage.submits("lin", "10:00") == ""
    assert stage.says("su", "planner", "10:05", opinion="数据属实") == ""
    assert stage.says("he", "manager", "10:10", opinion="语气得当") == ""
    assert stage.of_type(ContentApproved) == []
    assert stage.says("wu", "legal", "10:20", opinion="无风险") == ""
    (approved,) = stage.of_type(ContentApproved)
    assert (approved.hash, approved.emergency) == (lock_item(STATEMENT), False)
    assert asked(stage) == ["10:00 planner su", "10:05 manager he", "10:10 legal wu"]
    assert [page.person for page in stage.of_type(PageRequested)] == ["su", "he", "wu"]


def test_nobody_reviews_their_own_text_and_nobody_twice() -> None:
    stage = ReviewDesk()
    stage.submits("su", "10:00")
    assert stage.says("lin", "planner", "10:01") == "own_content"
    assert stage.says("su", "planner", "10:02") == ""
    assert stage.says("he", "manager", "10:03") == ""
    assert stage.says("he", "legal", "10:04") == "reviewed_before"
    assert stage.says("fang", "legal", "10:05") == "", "PR may stand in for legal"


@pytest.mark.parametrize(
    ("who", "level", "opinion", "refusal"),
    [
        ("guest", "planner", "好", "not_permitted"),
        ("nobody", "planner", "好", "unknown_person"),
        ("local-admin", "planner", "好", "unknown_person"),
        ("he", "planner", "好", "not_a_reviewer"),
        ("he", "manager", "好", "not_in_review"),
        ("su", "planner", "  ", "opinion_missing"),
        ("su", "planner", "长" * 4001, "text_too_long"),
    ],
)
def test_an_opinion_is_refused(who: str, level: str, opinion: str, refusal: str) -> None:
    stage = ReviewDesk()
    stage.submits("lin", "10:00")
    assert stage.says(who, level, "10:01", opinion=opinion) == refusal  # type: ignore[arg-type]


def test_what_a_reviewer_did_not_see_is_not_what_they_agreed_to() -> None:
    stage = ReviewDesk()
    stage.submits("lin", "10:00")
    refusal = stage.asks(
        ReviewContent, "su", "10:01", item=STATEMENT.id, hash=lock_item(FINDING), level="planner",
        verdict="approve", opinion="好",
    )  # fmt: skip
    assert refusal == "text_changed"


def test_returned_for_change_wants_another_text() -> None:
    stage = ReviewDesk()
    stage.submits("lin", "10:00")
    stage.says("su", "planner", "10:05", verdict="return", opinion="小时数要写明起点")
    (returned,) = stage.of_type(ContentReturned)
    assert (returned.level, returned.opinion) == ("planner", "小时数要写明起点")
    assert stage.of_type(PageRequested)[-1].person == "lin", "the author is told"
    assert stage.submits("lin", "10:06") == "not_changed"
    better = msgspec.structs.replace(STATEMENT, text=STATEMENT.text.replace("小时内", "小时内（自发布起）"))
    assert stage.asks(DraftContent, "lin", "10:10", item=better.id, content=better) == ""
    assert stage.submits("lin", "10:11", better) == ""
    assert stage.of_type(ContentSubmitted)[-1].number == 2


def test_an_edit_has_no_approval_and_the_old_text_has_it_again() -> None:
    stage = ReviewDesk()
    stage.approves("10:00")
    better = msgspec.structs.replace(STATEMENT, author="su", text="另一句：{topic} {hours}")
    stage.asks(DraftContent, "su", "10:30", item=better.id, content=better)
    assert stage.fills("lin", "10:31", better, topic="保质期", hours="4") == "not_approved"
    assert stage.fills("lin", "10:31", STATEMENT, topic="保质期", hours="4") == "not_approved"
    back = msgspec.structs.replace(STATEMENT, author="su")
    stage.asks(DraftContent, "su", "10:32", item=back.id, content=back)
    assert stage.fills("lin", "10:33", STATEMENT, topic="保质期", hours="4") == ""


def test_a_wider_range_of_a_blank_is_an_edit_too() -> None:
    wider = msgspec.structs.replace(
        STATEMENT, blanks=(STATEMENT.blanks[0], msgspec.structs.replace(STATEMENT.blanks[1], max=72))
    )
    assert lock_item(wider) != lock_item(STATEMENT)


def test_whoever_rewrote_it_does_not_review_it() -> None:
    stage = ReviewDesk()
    better = msgspec.structs.replace(STATEMENT, author="su", text="另一句：{topic} {hours}")
    stage.asks(DraftContent, "su", "10:00", item=better.id, content=better)
    assert stage.submits("su", "10:01", better) == "no_route", "lin and su are the only planners"


def test_the_configuration_that_changed_later_replaces_what_was_written_at_the_desk() -> None:
    stage = ReviewDesk()
    drafted = msgspec.structs.replace(STATEMENT, text="桌面上写的：{topic} {hours}")
    stage.asks(DraftContent, "lin", "10:00", item=drafted.id, content=drafted)
    assert stage.file().current(STATEMENT) == drafted
    changed = msgspec.structs.replace(STATEMENT, text="文件里改的：{topic} {hours}")
    assert stage.file().current(changed) == changed


def test_a_silent_reviewer_is_followed_by_the_deputy_sooner_when_it_burns() -> None:
    stage = ReviewDesk()
    stage.burns("orange", "10:00")
    stage.submits("lin", "10:00")
    stage.says("su", "planner", "10:01")
    stage.until(at("10:40"))
    assert asked(stage) == [
        "10:00 planner su", "10:01 manager he", "10:16 manager fang", "10:31 manager he",
    ]  # fmt: skip


def test_a_level_that_rises_hurries_the_deputy() -> None:
    stage = ReviewDesk()
    stage.submits("lin", "10:00")
    stage.says("su", "planner", "10:01")
    stage.until(at("10:20"))
    assert asked(stage)[-1] == "10:01 manager he"
    stage.burns("red", "10:20")
    stage.until(at("10:26"))
    assert asked(stage)[2:] == ["10:20 manager fang", "10:25 manager he"]


def test_at_orange_the_sleeping_are_asked_last() -> None:
    quiet = tuple(
        msgspec.structs.replace(each, quiet=Hours(22 * 60, 24 * 60)) if each.id in {"he", "wu"} else each
        for each in TEAM
    )
    stage = ReviewDesk(house(people=quiet))
    stage.burns("orange", "23:00")
    stage.submits("lin", "23:00")
    stage.says("su", "planner", "23:01")
    stage.says("fang", "manager", "23:02")
    assert asked(stage) == ["23:00 planner su", "23:01 manager fang", "23:02 legal jin"]


def test_in_quiet_times_nobody_is_woken_for_a_review() -> None:
    quiet = tuple(msgspec.structs.replace(each, quiet=Hours(22 * 60, 7 * 60)) for each in TEAM)
    stage = ReviewDesk(house(people=quiet), begins="00:00")
    stage.submits("lin", "03:00")
    assert asked(stage) == []
    stage.until(at("07:30"))
    assert asked(stage) == ["07:00 planner su"]


def test_a_storm_wakes_who_was_left_to_sleep() -> None:
    quiet = tuple(msgspec.structs.replace(each, quiet=Hours(22 * 60, 7 * 60)) for each in TEAM)
    stage = ReviewDesk(house(people=quiet), begins="00:00")
    stage.submits("lin", "03:00")
    stage.burns("red", "03:10")
    stage.until(at("03:11"))
    assert asked(stage) == ["03:10 planner su"]


def test_words_that_are_objected_to_need_a_reason() -> None:
    bold = msgspec.structs.replace(STATEMENT, text="我们是全国销量第一：{topic} {hours}")
    stage = ReviewDesk(house(bold))
    assert stage.submits("lin", "10:00", bold) == "not_compliant"
    assert stage.submits("lin", "10:01", bold, despite="有 2025 年统计局数据") == ""
    (submitted,) = stage.of_type(ContentSubmitted)
    assert [flag.rule for flag in submitted.flags] == ["extreme-first"]
    assert submitted.despite == "有 2025 年统计局数据"


def test_a_picture_without_proof_is_objected_to() -> None:
    pictured = msgspec.structs.replace(STATEMENT, materials=(Material(kind="picture", name="封面"),))
    assert ReviewDesk(house(pictured)).submits("lin", "10:00", pictured) == "not_compliant"
    proven = msgspec.structs.replace(
        STATEMENT, materials=(Material(kind="picture", name="封面", proof="图库合同 2026-118"),)
    )
    assert ReviewDesk(house(proven)).submits("lin", "10:00", proven) == ""


def test_a_special_industry_is_for_legal_first() -> None:
    loan = msgspec.structs.replace(STATEMENT, industry="finance")
    stage = ReviewDesk(house(loan))
    stage.submits("lin", "10:00", loan)
    assert stage.says("su", "planner", "10:01", loan) == "not_in_review"
    assert stage.says("fang", "legal", "10:02", loan) == "not_a_reviewer", (
        "PR does not stand in for legal here"
    )
    assert stage.says("jin", "legal", "10:03", loan) == ""
    assert stage.says("su", "planner", "10:04", loan) == ""


def test_expired_content_is_neither_reviewed_nor_released() -> None:
    stage = ReviewDesk()
    stage.approves("10:00")
    stage.fills("lin", "10:05", topic="保质期", hours="4")
    later = at("10:00", day=3)  # its last day is 2026-11-25, a Wednesday
    assert (
        stage.asks(ReleaseContent, "he", later, item=STATEMENT.id, text_hash=stage.filled())
        == "content_expired"
    )
    assert (
        stage.asks(SubmitContent, "lin", later, item=STATEMENT.id, hash=lock_item(STATEMENT))
        == "content_expired"
    )


def test_the_emergency_lane_is_for_red_alone() -> None:
    stage = ReviewDesk()
    stage.burns("orange", "10:00")
    assert stage.submits("lin", "10:01", emergency=True) == "not_red"


def released_in_emergency() -> ReviewDesk:
    """Submitted at red at 02:00, approved by two at 02:03, released at 02:05."""
    stage = ReviewDesk(begins="00:00")
    stage.burns("red", "02:00")
    stage.submits("lin", "02:00", emergency=True)
    stage.says("wu", "legal", "02:02")
    stage.says("jin", "commander", "02:03")
    assert stage.fills("lin", "02:05", topic="保质期", hours="4") == ""
    assert stage.asks(ReleaseContent, "he", "02:05", item=STATEMENT.id, text_hash=stage.filled()) == ""
    return stage


def test_in_the_emergency_lane_two_people_decide_at_once() -> None:
    stage = released_in_emergency()
    assert asked(stage)[:2] == ["02:00 legal wu", "02:00 commander jin"]
    (approved,) = stage.of_type(ContentApproved)
    assert approved.emergency
    assert asked(stage)[2] == "02:03 planner su", "who ratifies is asked at once"


def test_who_alone_can_command_does_not_use_themselves_up_as_legal() -> None:
    stage = ReviewDesk(begins="00:00")
    stage.burns("red", "02:00")
    stage.submits("lin", "02:00", emergency=True)
    assert stage.says("jin", "legal", "02:01") == "needed_elsewhere", "nobody else is commander"
    assert stage.says("jin", "commander", "02:02") == ""
    assert stage.says("wu", "legal", "02:03") == ""
    assert stage.of_type(ContentApproved)


def test_what_nobody_ratifies_within_a_day_must_be_withdrawn_or_corrected() -> None:
    stage = released_in_emergency()
    (release,) = stage.of_type(ContentReleased)
    assert release.emergency
    stage.until(at("02:03", day=1))
    (lapsed,) = stage.of_type(RatificationLapsed)
    assert lapsed.at == at("02:03", day=1)
    (task,) = stage.of_type(CorrectionAsked)
    assert (task.reason, task.releases) == ("lapsed", (release.release,))
    assert {page.person for page in stage.of_type(PageRequested) if page.reason == "correct"} == {"he", "jin"}
    later = at("03:00", day=1)
    assert (
        stage.asks(ReleaseContent, "he", later, item=STATEMENT.id, text_hash=stage.filled()) == "not_approved"
    )
    withdraw = {"item": STATEMENT.id, "release": release.release}
    assert stage.asks(WithdrawContent, "he", later, **withdraw, reason="") == "reason_missing"
    assert stage.asks(WithdrawContent, "he", later, **withdraw, reason="数据未核实") == ""
    assert stage.file().to_correct == ()
    assert stage.asks(CorrectContent, "he", later, **withdraw, note="更正") == "release_over"


def test_ratified_in_time_asks_for_nothing() -> None:
    stage = released_in_emergency()
    assert stage.says("su", "planner", "09:00") == ""
    assert stage.says("he", "manager", "09:30") == ""
    stage.until(at("12:00", day=2))
    assert stage.told("content.ratified", "content.ratification_lapsed") == ["content.ratified"]
    assert not stage.file().to_correct


def test_a_ratification_that_is_refused_ends_the_approval_at_once() -> None:
    stage = released_in_emergency()
    stage.says("su", "planner", "09:00", verdict="return", opinion="数字不对")
    (task,) = stage.of_type(CorrectionAsked)
    assert task.reason == "returned"
    assert (
        stage.asks(ReleaseContent, "he", "09:01", item=STATEMENT.id, text_hash=stage.filled())
        == "not_approved"
    )


def test_a_new_text_does_not_hide_what_went_out_unratified() -> None:
    stage = released_in_emergency()
    better: ContentItem = msgspec.structs.replace(STATEMENT, text="另一句：{topic} {hours}")
    stage.asks(DraftContent, "lin", "03:00", item=better.id, content=better)
    stage.submits("lin", "03:01", better)
    (task,) = stage.of_type(CorrectionAsked)
    assert task.reason == "edited"


def test_ratification_goes_on_after_the_incident_is_over() -> None:
    stage = released_in_emergency()
    stage.asks(CloseIncident, "he", "05:00", incident=stage.incident().id, reason="平息")
    stage.until(at("02:03", day=1) + timedelta(hours=1))
    assert stage.of_type(RatificationLapsed)


def test_a_review_that_burns_up_may_change_to_the_emergency_lane() -> None:
    stage = ReviewDesk()
    stage.submits("lin", "10:00")
    stage.burns("red", "10:05")
    assert stage.submits("lin", "10:06", emergency=True) == ""
    assert stage.submits("lin", "10:07") == "in_review"
