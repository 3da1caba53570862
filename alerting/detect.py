"""Which rules fire: pure functions of a brand's watch and the one thing that just arrived.

A rule that fired keeps quiet for a few minutes (per category), so that a storm leaves a few pieces of evidence, not
thousands. Combinations come last.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from alerting import findings
from alerting.combination import holds
from alerting.events import Evidence
from alerting.findings import Arrived
from alerting.lookout import Lookout
from alerting.rules import CombineRule, SilenceRule, rule_type
from alerting.sight import in_time, seen_at
from alerting.spread import PASSED_ON
from alerting.tallies import epoch_s
from alerting.watch import Watch, fresh_breach
from streams.events import SignalRaised, SlaBreached


def on_signal(lookout: Lookout, watch: Watch, signal: SignalRaised, *, first: bool) -> list[Evidence]:
    """The rules that fire because `signal` arrived; `first`: its item was not heard of before."""
    if signal.own:
        return []
    at = seen_at(signal)
    arrived = Arrived(signal, first, at, epoch_s(at))
    fired: list[Evidence] = []
    # This is asked of every signal there is: whatever cannot fire is passed over before anything is called.
    if signal.kind in PASSED_ON:
        fired += _spreading(lookout, watch, arrived)
    if in_time(signal):
        if signal.severity is not None and signal.severity <= lookout.mildest_watched:
            fired += _grave(lookout, watch, arrived)
        if first:
            fired += _news(lookout, watch, arrived)
    return _complete_with(lookout, watch, fired) if fired else fired


def on_breach(lookout: Lookout, watch: Watch, breach: SlaBreached) -> list[Evidence]:
    """The rules that fire because a customer waited too long."""
    if not fresh_breach(breach):
        return []
    found = (findings.breaches(rule, watch, breach) for rule in lookout.breaches)
    fired = [evidence for evidence in found if evidence is not None]
    return _complete_with(lookout, watch, fired) if fired else fired


def on_silence(lookout: Lookout, watch: Watch, rule: SilenceRule, at: datetime) -> list[Evidence]:
    """What a silence rule says when its timer comes due."""
    evidence = findings.silence(rule, watch, at)
    return _complete_with(lookout, watch, [evidence])


def _spreading(lookout: Lookout, watch: Watch, arrived: Arrived) -> Iterator[Evidence]:
    """Only this concerns items that were old when seen, too."""
    for rule in lookout.velocity:
        if (found := findings.velocity(rule, watch, arrived)) is not None:
            yield found


def _grave(lookout: Lookout, watch: Watch, arrived: Arrived) -> Iterator[Evidence]:
    if watch.is_new_sighting(lookout, arrived.signal):
        for rule in lookout.severity:
            if (found := findings.severity(rule, watch, arrived)) is not None:
                yield found


def _news(lookout: Lookout, watch: Watch, arrived: Arrived) -> list[Evidence]:
    """What the rules say that look at new items."""
    signal, found = arrived.signal, list[Evidence | None]()
    if signal.reach is not None and signal.reach >= lookout.least_reach:
        found += [findings.reach(rule, watch, arrived) for rule in lookout.reach]
    concerned = lookout.concerned(signal.monitors)
    for counting in concerned.counting:
        if not watch.cooling(counting.id, None, arrived.at_s):
            found.append(findings.counting(counting, watch, arrived))
    for emerging in concerned.emerging:
        if not watch.cooling(emerging.id, None, arrived.at_s):
            found.append(findings.emerging(emerging, watch, arrived))
    for change in concerned.change:
        if not watch.cooling(change.id, None, arrived.at_s):
            found.append(findings.change(change, watch, arrived))
    return [evidence for evidence in found if evidence is not None]


def _complete_with(lookout: Lookout, watch: Watch, fired: list[Evidence]) -> list[Evidence]:
    """`fired` with the combinations that they complete, each with the version of its rule."""
    return [
        msgspec.structs.replace(each, version=lookout.versions[each.rule])
        for each in (*fired, *_combined(lookout, watch, fired))
    ]


def _combined(lookout: Lookout, watch: Watch, fired: Sequence[Evidence]) -> list[Evidence]:
    """The combinations that `fired` completes, and those that these complete in turn."""
    found: list[Evidence] = []
    for rule in lookout.combine:
        happened = [*fired, *found]
        if any(evidence.rule in rule.of for evidence in happened):
            evidence = _combination(rule, watch, happened)
            if evidence is not None:
                found.append(evidence)
    return found


def _combination(rule: CombineRule, watch: Watch, fired: Sequence[Evidence]) -> Evidence | None:
    at = fired[-1].at
    lately = [each for each in watch.fired.values() if (at - each.at).total_seconds() <= rule.within_s]
    newest = _newest_by_rule([each for each in (*lately, *fired) if each.rule in rule.of])
    if not _complete(rule, frozenset(newest), {each.rule for each in (*lately, *fired)}):
        return None
    category = _shared_category(newest.values())
    if watch.cooling(rule.id, category, epoch_s(at)):
        return None
    items = dict.fromkeys(item for evidence in newest.values() for item in evidence.items)
    return Evidence(
        rule=rule.id,
        rule_type=rule_type(rule),
        level=rule.level,
        category=category,
        measured=float(len(newest)),
        limit=float(rule.at_least if rule.when is None else len(newest)),
        at=at,
        window_s=rule.within_s,
        rules=tuple(sorted(newest)),
        items=findings.newest_items(items),
        item_count=len(items),
    )


def _complete(rule: CombineRule, members: Collection[str], fired: Collection[str]) -> bool:
    return len(members) >= rule.at_least if rule.when is None else holds(rule.when, fired)


def _shared_category(fired: Iterable[Evidence]) -> str | None:
    """The category, if all are about one; else it is the brand as a whole."""
    categories = {evidence.category for evidence in fired}
    return categories.pop() if len(categories) == 1 else None


def _newest_by_rule(fired: Iterable[Evidence]) -> dict[str, Evidence]:
    """The newest firing of each rule, the oldest of them first."""
    return {evidence.rule: evidence for evidence in sorted(fired, key=lambda each: (each.at, each.rule))}
