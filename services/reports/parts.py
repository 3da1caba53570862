"""What reports on incidents and on stretches of time have in common: viewpoints, spreaders, answers, statements."""

from collections.abc import Sequence
from datetime import datetime

from alerting.content_events import ContentWithdrawn
from services.reports.effect import effect_of
from services.reports.shapes import Answers, Example, Spreader, Statement, ViewpointShape, ViewpointsShape
from services.reports.telling import Telling
from services.reports.viewpoints import READ_MOST, Viewpoint, viewpoints_of
from services.views.contents import ReleaseRow
from services.views.mentions import MentionFilter
from services.views.voices import loudest_authors, sampled_voices
from streams.sla.report import Waited, row_of

SPREADERS_MOST = 10
SPREADERS_ASKED = 30
"""More than are shown: whoever was forgotten falls out."""


def spreaders_in(wanted: MentionFilter, telling: Telling) -> tuple[Spreader, ...]:
    """Those whose words went furthest; `wanted` has both ends of its time."""
    named: list[Spreader] = []
    for author in loudest_authors(telling.reader, wanted, SPREADERS_ASKED):
        private = telling.opener.private(author.newest.content)
        if private is None:
            continue
        assert wanted.from_at is not None
        assert wanted.to_at is not None
        link = telling.mentions(wanted.from_at, wanted.to_at, author=author.subject)
        named.append(
            Spreader(
                name=private.author_name or telling.say("someone"), platform=author.platform,
                followers=author.followers, reposts=author.reposts, items=author.items, negative=author.negative, link=link,
            )
        )  # fmt: skip
    return tuple(named[:SPREADERS_MOST])


def viewpoints_in(wanted: MentionFilter, telling: Telling) -> ViewpointsShape:
    """What is said, in groups."""
    sample = sampled_voices(telling.reader, wanted, READ_MOST)
    found = viewpoints_of(sample.voices, telling.opener)
    return ViewpointsShape(
        groups=tuple(_viewpoint(group, telling) for group in found.groups),
        rest=found.rest,
        read=found.read,
        unreadable=found.unreadable,
        every=sample.every,
    )


def _viewpoint(group: Viewpoint, telling: Telling) -> ViewpointShape:
    return ViewpointShape(
        words=group.words,
        items=group.items,
        negative=group.negative,
        originals=group.originals,
        copies=group.copies,
        authors=group.authors,
        examples=tuple(
            Example(
                text=each.text, platform=each.item.platform, at=each.item.occurred_at, copies=each.copies,
                link=telling.link("/mentions", brand=telling.brand, items=each.item.item),
            )
            for each in group.examples
        ),
        link=telling.link("/mentions", brand=telling.brand, items=",".join(group.named)),
        named=len(group.named),
    )  # fmt: skip


def answers_in(
    waits: Sequence[Waited] | None, brand: str, begin: datetime, end: datetime, telling: Telling
) -> Answers | None:
    """How customers who began to wait in that time were answered; None where `waits` are too many to read."""
    if waits is None:
        return None
    own = [wait for wait in waits if wait.brand in (None, brand) and begin <= wait.clock.started_at < end]
    row = row_of("all", own)
    days = {
        "from": f"{begin.astimezone(telling.zone):%Y-%m-%d}",
        "to": f"{end.astimezone(telling.zone):%Y-%m-%d}",
    }
    return Answers(
        met=row.met,
        breached=row.breached,
        median_s=row.wall_p50_s,
        link_met=telling.link("/report", "#behind", **days, show="met"),
        link_breached=telling.link("/report", "#behind", **days, show="breached"),
    )


def statement_of(row: ReleaseRow, telling: Telling) -> Statement:
    """Something that we said, with what was said before and after."""
    released = row.released
    place = (
        f"/incidents/{released.incident}" if released.incident else f"/content/{released.key}/{released.item}"
    )
    return Statement(
        at=released.at,
        platform=released.platform,
        text=released.text,
        by=telling.name_of(released.by),
        link=row.link or telling.link(place, "#offers" if released.incident else ""),
        withdrawn=isinstance(row.ending, ContentWithdrawn),
        effect=effect_of(telling.reader, released.key, released.at, telling.now),
    )
