"""Signals: what the desk is told of a judged item, one for each brand that it matters to."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from streams import events, facts, ids
from streams.arrivals import Judgement
from streams.events import Match
from streams.rulebook import Rulebook


def signals_of(
    rules: Rulebook, fact: facts.Seen, judged: events.ItemJudged, judgement: Judgement, now: datetime
) -> list[events.SignalRaised]:
    """One signal for each brand that the item matters to."""
    addressed_to = (
        rules.brand_of(fact.platform, fact.account) if isinstance(fact, facts.CommentReceived) else None
    )
    brands = dict.fromkeys([match.brand for match in judged.matches])
    if addressed_to is not None:
        brands[addressed_to] = None
    return [
        _signal(
            rules,
            fact,
            judged,
            judgement,
            brand,
            _of_brand(judged.matches, brand, len(brands)),
            addressed=brand == addressed_to,
            now=now,
        )
        for brand in brands
    ]


def _of_brand(matches: tuple[Match, ...], brand: str, brands: int) -> tuple[Match, ...]:
    return matches if brands == 1 else tuple([match for match in matches if match.brand == brand])


def _signal(
    rules: Rulebook,
    fact: facts.Seen,
    judged: events.ItemJudged,
    judgement: Judgement,
    brand: str,
    matches: Sequence[Match],
    *,
    addressed: bool,
    now: datetime,
) -> events.SignalRaised:
    gravest = rules.gravest(matches)
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
        label=judged.label,
        negative=judged.negative,
        monitors=tuple([match.monitor for match in matches]),
        severity=gravest.severity if gravest else None,
        category=gravest.category if gravest else None,
        topic=judged.topic,
        reach=fact.author_followers,
        reposts=fact.counts.reposts if fact.counts else None,
        origin=ids.post_id(fact.platform, under) if under else None,
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
