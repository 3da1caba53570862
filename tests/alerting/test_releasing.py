"""What goes out: filled, read by a lawyer where words are free, released by who may, the link recorded, taken back."""

import pytest

from alerting.commands import LOCAL_ADMIN
from alerting.content import lock
from alerting.content_commands import (
    CorrectContent,
    FillContent,
    RecordLink,
    ReleaseContent,
    ReviewFilling,
    WithdrawContent,
)
from alerting.content_events import ContentFilled, ContentPosted, ContentReleased
from alerting.events import PageRequested
from tests.alerting.review_stage import FINDING, HOLD, STATEMENT, ReviewDesk
from tests.builders import at

LINK = "https://weibo.com/123/Nabc"


def approved() -> ReviewDesk:
    stage = ReviewDesk()
    stage.approves("09:00")
    return stage


def filled_freely() -> ReviewDesk:
    stage = ReviewDesk()
    stage.approves("09:00", FINDING)
    assert stage.fills("lin", "10:00", FINDING, finding="冷链记录齐全") == ""
    return stage


def reads(stage: ReviewDesk, who: str, verdict: str = "approve", opinion: str = "属实") -> str:
    return stage.asks(
        ReviewFilling,
        who,
        "10:05",
        item=FINDING.id,
        text_hash=stage.filled(),
        verdict=verdict,
        opinion=opinion,
    )


def test_a_filled_statement_goes_out_with_its_text_and_link() -> None:
    stage = approved()
    assert stage.fills("lin", "10:00", topic="保质期", hours="4") == ""
    assert stage.asks(ReleaseContent, "he", "10:01", item=STATEMENT.id, text_hash=stage.filled()) == ""
    (released,) = stage.of_type(ContentReleased)
    assert released.text == "关于大家关心的 保质期，核查结果会在 4 小时内公布。"
    assert (released.by, released.text_hash, released.emergency) == ("he", lock(released.text), False)
    post = {"item": STATEMENT.id, "release": released.release}
    assert stage.asks(RecordLink, "lin", "10:04", **post, link="微博首页") == "link_wrong"
    assert stage.asks(RecordLink, "lin", "10:05", **post, link=LINK) == ""
    assert [each.link for each in stage.of_type(ContentPosted)] == [LINK]
    assert stage.file().releases[0].link == LINK


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"topic": "别的", "hours": "4"},
        {"topic": "保质期", "hours": "48"},
        {"topic": "保质期", "hours": "4", "x": "y"},
    ],
)
def test_a_blank_takes_only_what_was_approved(values: dict[str, str]) -> None:
    assert approved().fills("lin", "10:00", STATEMENT, **values) == "blanks_wrong"


def test_nothing_is_filled_or_released_without_an_approval() -> None:
    stage = ReviewDesk()
    stage.submits("lin", "09:00")
    assert stage.fills("lin", "10:00", topic="保质期", hours="4") == "not_approved"
    assert stage.asks(ReleaseContent, "he", "10:01", item=STATEMENT.id, text_hash="0" * 64) == "not_approved"


def test_a_text_that_nobody_filled_is_not_released() -> None:
    stage = approved()
    assert (
        stage.asks(ReleaseContent, "he", "10:01", item=STATEMENT.id, text_hash=lock("别的话")) == "not_filled"
    )


@pytest.mark.parametrize(
    ("who", "refusal"),
    [("lin", "not_permitted"), ("guest", "not_permitted"), (LOCAL_ADMIN, "unknown_person")],
)
def test_only_who_may_releases_and_always_a_person(who: str, refusal: str) -> None:
    stage = approved()
    stage.fills("lin", "10:00", topic="保质期", hours="4")
    assert stage.asks(ReleaseContent, who, "10:01", item=STATEMENT.id, text_hash=stage.filled()) == refusal


def test_free_words_are_read_by_a_lawyer_first() -> None:
    stage = filled_freely()
    release = {"item": FINDING.id, "text_hash": stage.filled()}
    assert {page.person for page in stage.of_type(PageRequested) if page.playbook_step == "filling"} == {
        "wu",
        "jin",
    }
    assert stage.asks(ReleaseContent, "he", "10:01", **release) == "legal_missing"
    assert reads(stage, "he") == "not_permitted"
    assert reads(stage, "wu", "return", "先等检测报告") == ""
    assert stage.asks(ReleaseContent, "he", "10:06", **release) == "legal_missing"
    assert reads(stage, "jin") == ""
    assert stage.asks(ReleaseContent, "he", "10:07", **release) == ""


def test_whoever_filled_it_does_not_clear_it() -> None:
    stage = ReviewDesk()
    stage.approves("09:00", FINDING)
    stage.fills("wu", "10:00", FINDING, finding="冷链记录齐全")
    assert reads(stage, "wu") == "own_content"
    assert reads(stage, "jin", opinion="") == "opinion_missing"


def test_what_a_lawyer_read_is_not_asked_for_again() -> None:
    stage = filled_freely()
    reads(stage, "wu")
    stage.fills("su", "10:10", FINDING, finding="冷链记录齐全")
    assert len(stage.of_type(ContentFilled)) == 1


def test_a_time_that_was_promised_is_looked_at_again_on_release() -> None:
    stage = ReviewDesk()
    stage.approves("09:00", HOLD)
    assert stage.fills("lin", "10:00", HOLD, by=at("11:00").isoformat()) == ""
    release = {"item": HOLD.id, "text_hash": stage.filled()}
    assert stage.asks(ReleaseContent, "he", "11:30", **release) == "blanks_wrong"


def test_withdrawn_content_says_why_and_needs_a_new_review() -> None:
    stage = approved()
    stage.fills("lin", "10:00", topic="保质期", hours="4")
    assert stage.asks(WithdrawContent, "he", "10:01", item=STATEMENT.id, reason=" ") == "reason_missing"
    assert stage.asks(WithdrawContent, "he", "10:02", item=STATEMENT.id, reason="口径已变") == ""
    assert stage.file().withdrawn == "口径已变"
    assert stage.fills("lin", "10:03", topic="保质期", hours="4") == "content_withdrawn"
    assert stage.submits("lin", "10:04") == ""
    assert stage.fills("lin", "10:05", topic="保质期", hours="4") == "not_approved"


def test_a_correction_is_recorded_once() -> None:
    stage = approved()
    stage.fills("lin", "10:00", topic="保质期", hours="4")
    stage.asks(ReleaseContent, "he", "10:01", item=STATEMENT.id, text_hash=stage.filled(), link=LINK)
    correct = {"item": STATEMENT.id, "release": stage.of_type(ContentReleased)[0].release}
    assert stage.asks(CorrectContent, "he", "10:02", **correct, note="") == "text_missing"
    assert stage.asks(CorrectContent, "he", "10:03", **correct, note="小时数更正为 6") == ""
    assert stage.asks(CorrectContent, "he", "10:04", **correct, note="再更正") == "release_over"


def test_what_is_not_there_is_said_so() -> None:
    stage = approved()
    assert (
        stage.asks(FillContent, "lin", "10:00", item="no/such/one", hash="", values={}) == "unknown_content"
    )
    assert (
        stage.asks(RecordLink, "lin", "10:00", item=STATEMENT.id, release="none", link=LINK)
        == "unknown_release"
    )
