"""The statements that come with `init`: complete, without objections, of a form and length that each platform takes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest

from alerting.compliance import lint
from alerting.config import Blank, BrandDesk, ContentItem, EnumBlank, FreeBlank, NumberBlank, TimeBlank
from alerting.content import fill, needs_free_words
from alerting.content_checks import check_content, needs_legal_first
from services.config.loader import load
from services.config.model import Config
from services.config.statements import cells_of
from services.sample import sample_folder

NOW = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
PLATFORMS = {"weibo", "wechat", "douyin", "kuaishou", "xiaohongshu", "bilibili", "zhihu"}
WECHAT_TITLE_MOST = 64
NOTE_TITLE_MOST = 20
"""Of a note on Xiaohongshu, in characters."""
PINNED_MOST = 100
"""A comment on Douyin and Kuaishou, in characters."""
WEIBO_MOST = 200
"""Shown without a press on 展开, roughly."""


@pytest.fixture(scope="module")
def config() -> Config:
    found = load(sample_folder()).config
    assert found is not None
    return found


@pytest.fixture(scope="module")
def brand(config: Config) -> BrandDesk:
    return config.desk.brands[0]


def longest(blank: Blank) -> str:
    match blank:
        case EnumBlank():
            return max(blank.of, key=len)
        case NumberBlank():
            return f"{blank.max:g}"
        case TimeBlank():
            return (NOW + timedelta(seconds=blank.within_s)).isoformat()
        case FreeBlank():
            return "查清并公布"


def filled(item: ContentItem) -> str:
    return fill(item, {blank.name: longest(blank) for blank in item.blanks}, NOW, ZONE)


def on(brand: BrandDesk, *platforms: str) -> Iterator[ContentItem]:
    return (item for item in brand.content if item.platform in platforms)


def test_every_scenario_has_its_variants_on_every_platform(config: Config, brand: BrandDesk) -> None:
    accounts = {account.platform for account in config.intake.accounts}
    cells = cells_of(brand, accounts, NOW)
    assert accounts == {cell.platform for cell in cells} == PLATFORMS
    assert {cell.scenario for cell in cells} == {
        "product-quality", "safety", "service-dispute", "rumour", "conduct", "data-leak",
    }  # fmt: skip
    assert [cell for cell in cells if not cell.is_enough or cell.variants > 3] == []


def test_the_holding_statement_is_for_a_time_that_is_promised(brand: BrandDesk) -> None:
    holds = [item for item in brand.content if item.variant == "hold"]
    assert len(holds) == 6 * len(PLATFORMS)
    for item in holds:
        assert not needs_free_words(item)
        assert any(isinstance(blank, TimeBlank) for blank in item.blanks), item.id


def test_nothing_is_objected_to_open_or_filled(brand: BrandDesk) -> None:
    for item in brand.content:
        assert check_content(item, ZONE, NOW) == [], item.id
        assert lint(filled(item), item.platform) == [], item.id
        assert not needs_legal_first(item), item.id


def test_each_platform_gets_words_of_its_own(brand: BrandDesk) -> None:
    for one, other in combinations(brand.content, 2):
        assert one.text != other.text, (one.id, other.id)


def test_titles_and_comments_are_as_short_as_their_platforms_want(brand: BrandDesk) -> None:
    for item in on(brand, "wechat"):
        if "首行为标题" in item.form:
            assert len(filled(item).splitlines()[0]) <= WECHAT_TITLE_MOST, item.id
    for item in on(brand, "xiaohongshu"):
        assert len(filled(item).splitlines()[0]) <= NOTE_TITLE_MOST, item.id
    for item in on(brand, "douyin", "kuaishou"):
        assert item.form
        if item.form == "置顶评论":
            assert len(filled(item)) <= PINNED_MOST, item.id
    for item in on(brand, "weibo"):
        assert len(filled(item)) <= WEIBO_MOST, item.id
