import pytest

from streams.sla.errors import DurationError, PolicyError
from streams.sla.policy import Policy, SlaConfig, Traits, When, choose, parse_duration
from streams.sla.spec import parse_calendar
from streams.sla.terms import terms_by_policy

DESK = parse_calendar("desk", "09:00-22:00")


def policy(
    name: str = "p", when: When | None = None, calendar: str = "desk", first_response_s: int = 60
) -> Policy:
    return Policy(id=name, when=when or When(), calendar=calendar, first_response_s=first_response_s)


def test_the_first_policy_that_fits_wins() -> None:
    policies = [
        policy("vip", When(author_tags=("vip",))),
        policy("weibo", When(platform=("weibo",))),
        policy("other"),
    ]

    def chosen(traits: Traits) -> str | None:
        found = choose(policies, traits)
        return None if found is None else found.id

    assert chosen(Traits(platform="weibo", author_tags=("fan", "vip"))) == "vip"
    assert chosen(Traits(platform="weibo")) == "weibo"
    assert chosen(Traits(platform="wechat")) == "other"


def test_no_policy_promises_nothing() -> None:
    assert choose([policy(when=When(platform=("weibo",)))], Traits(platform="wechat")) is None


TRAITS = Traits(
    platform="weibo",
    account="xibei-official",
    kind="comment",
    topic="quality",
    severity="P1",
    sentiment="negative",
    author_tags=("vip",),
    followers=5000,
    brand="xibei",
    complaint=True,
)


@pytest.mark.parametrize(
    "when",
    [
        When(),
        When(platform=("wechat", "weibo")),
        When(account=("xibei-official",)),
        When(kind=("comment",)),
        When(topic=("quality", "safety")),
        When(severity=("P0", "P1")),
        When(sentiment=("negative",)),
        When(author_tags=("gold", "vip")),
        When(brand=("xibei",)),
        When(complaint=True),
        When(followers_min=5000),
        When(platform=("weibo",), complaint=True, followers_min=1),
    ],
)
def test_a_condition_that_holds_fits(when: When) -> None:
    assert when.fits(TRAITS)


@pytest.mark.parametrize(
    "when",
    [
        When(platform=("wechat",)),
        When(account=("other",)),
        When(kind=("message",)),
        When(topic=("safety",)),
        When(severity=("P0",)),
        When(sentiment=("positive",)),
        When(author_tags=("gold",)),
        When(brand=("other",)),
        When(complaint=False),
        When(followers_min=5001),
        When(platform=("weibo",), complaint=False),
        When(platform=()),
    ],
)
def test_a_condition_that_does_not_hold_keeps_the_policy_out(when: When) -> None:
    assert not when.fits(TRAITS)


def test_what_is_unknown_fits_no_condition() -> None:
    unknown = Traits(platform="weibo")

    assert not When(topic=("quality",)).fits(unknown)
    assert not When(followers_min=1).fits(unknown)


@pytest.mark.parametrize(
    ("text", "length_s"), [("90s", 90), ("30m", 1800), ("2h", 7200), ("1d", 86400), ("0m", 0), (" 2h ", 7200)]
)
def test_durations_are_a_number_and_a_unit(text: str, length_s: int) -> None:
    assert parse_duration(text) == length_s


@pytest.mark.parametrize(
    "text", ["", "2", "h", "2 h", "1.5h", "-2h", "2w", "２h", 30, None, True, "367d", "9" * 400 + "s"]
)
def test_anything_else_is_refused_with_what_was_expected(text: object) -> None:
    with pytest.raises(DurationError, match=r"30m|366d"):
        parse_duration(text)


def test_terms_share_one_compiled_calendar() -> None:
    terms = terms_by_policy(SlaConfig(policies=(policy("a"), policy("b")), calendars=(DESK,), cap_s=3600))

    assert terms["a"].calendar is terms["b"].calendar
    assert terms["a"].cap_s == 3600


def test_the_cap_never_binds_the_resolution() -> None:
    terms = terms_by_policy(SlaConfig(policies=(policy(),), calendars=(DESK,), cap_s=3600))["p"]

    assert (terms.cap_of("first_response"), terms.cap_of("next_response")) == (3600, 3600)
    assert terms.cap_of("resolution") is None


@pytest.mark.parametrize(
    ("config", "field"),
    [
        (SlaConfig(policies=(policy(calendar="none"),), calendars=(DESK,)), "sla.policies.p.calendar"),
        (SlaConfig(policies=(policy(),)), "sla.policies.p.calendar"),
        (SlaConfig(policies=(policy(), policy()), calendars=(DESK,)), "sla.policies"),
        (SlaConfig(calendars=(DESK, DESK)), "calendars"),
        (
            SlaConfig(policies=(policy(first_response_s=0),), calendars=(DESK,)),
            "sla.policies.p.first_response",
        ),
        (SlaConfig(cap_s=0), "sla.cap"),
        (SlaConfig(warn_at=(0.5, 1.0)), "sla.warn_at"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused_by_field(config: SlaConfig, field: str) -> None:
    with pytest.raises(PolicyError) as refused:
        terms_by_policy(config)

    assert refused.value.field == field
