"""Signals: what the desk is told of a judged item, one for each brand that it matters to."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from streams import events, facts, ids
from streams.arrivals import Judgement
from streams.events import Match
from streams.judging import Judge


def _own_words(matches: Sequence[Match]) -> list[Match]:
    """The matches that an item's own words earned: what stands under a grave post is not grave by itself."""
    return [match for match in matches if match.via == "text"]


def own_severity(judge: Judge, matches: Sequence[Match]) -> events.Severity | None:
    """The gravest severity that an item's own words earn."""
    gravest = judge.gravest(_own_words(matches))
    return gravest.severity if gravest else None


def signals_of(
    judge: Judge, fact: facts.Seen, judgement: Judgement, now: datetime
) -> Iterator[events.SignalRaised]:
    """One signal for each brand that the item matters to."""
    addressed_to = (
        judge.brand_of(fact.platform, fact.account) if isinstance(fact, facts.CommentReceived) else None
    )
    brands = dict.fromkeys(
        [match.brand for match in judgement.matches] + ([addressed_to] if addressed_to else [])
    )
    for brand in brands:
        matches = [match for match in judgement.matches if match.brand == brand]
        yield _signal(judge, fact, judgement, brand, matches, addressed=brand == addressed_to, now=now)


def _signal(
    judge: Judge,
    fact: facts.Seen,
    judgement: Judgement,
    brand: str,
    matches: Sequence[Match],
    *,
    addressed: bool,
    now: datetime,
) -> events.SignalRaised:
    gravest = judge.gravest(_own_words(matches))
    under = fact.post or fact.parent
    return events.SignalRaised(
        cause=fact.id,
        key=brand,
        at=now,
        brand=brand,
        item=fact.item,
        platform=fact.platform,
        kind=fact.kind,
        author=fact.author,
        own=fact.own,
        addressed=addressed,
        label=judgement.sentiment.label,
        negative=round(judgement.sentiment.negative, 4),
        monitors=tuple(match.monitor for match in matches),
        severity=gravest.severity if gravest else None,
        category=gravest.category if gravest else None,
        topic=judgement.topic,
        reach=fact.author_followers,
        reposts=fact.counts.reposts if fact.counts else None,
        origin=ids.item_id(fact.platform, under) if under else None,
        words=judgement.words,
        simhash=judgement.simhash,
        occurred_at=fact.occurred_at,
        observed_at=fact.observed_at,
    )


def measured_again(
    signals: Sequence[events.SignalRaised], fact: facts.ItemMeasured, now: datetime
) -> Iterator[events.SignalRaised]:
    """New counts of a post that matters: its signals again, with the counts."""
    for signal in signals:
        yield msgspec.structs.replace(
            signal, cause=fact.id, at=now, reposts=fact.counts.reposts, observed_at=fact.observed_at
        )
