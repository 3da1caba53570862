"""What no single value shows: whether every alarm reaches somebody, and whether secrets are there."""

from collections.abc import Mapping, Sequence

from alerting.config import BrandDesk, DeskConfig, EscalationStep
from alerting.levels import LEVELS, Level
from alerting.oncall import people_of
from alerting.rules import ReachRule
from services.config import texts
from services.config.model import Config, Source, secret
from services.config.problems import Place, Problem
from services.config.values import Value
from services.errors import ConfigurationUnusable

WITHOUT_FOLLOWERS = frozenset({"wechat", "weibo", "douyin", "kuaishou", "feed"})
"""Inlets whose platform does not say how many people follow the author: messages and feeds."""


def check_routes(document: Value, desk: DeskConfig) -> None:
    """Warn of levels that a rule reaches and no escalation answers, and of people whom a page cannot reach."""
    for level in LEVELS:
        if any(_reaches(brand, level) for brand in desk.brands) and not desk.escalation.steps(level):
            place = document.place_at("escalation")
            document.report.warn(place, texts.nobody_called(level), texts.ESCALATION_NEEDED)
    called = _called(desk)
    for number, person in enumerate(desk.people):
        if person.id in called and not person.contacts:
            place = document.place_at("people", number)
            document.report.warn(place, texts.no_contact(person.id), texts.CONTACT)


def check_levels(document: Value, desk: DeskConfig) -> None:
    """Refuse playbooks and escalations that wait for a level which no rule can bring about."""
    for brand in desk.brands:
        reached = {rule.level for rule in brand.rules}
        for playbook in brand.playbooks:
            for level in playbook.when.levels:
                if level not in reached:
                    wanted = texts.unreachable(level, f"{brand.id}: {playbook.id}")
                    document.report.error(document.place_at("rules"), wanted, texts.A_RULE_OF_THIS_LEVEL)


def check_reach(document: Value, desk: DeskConfig, sources: Sequence[Source]) -> None:
    """Warn of sources whose items no reach rule will ever see."""
    if not any(isinstance(rule, ReachRule) for brand in desk.brands for rule in brand.rules):
        return
    for number, source in enumerate(sources):
        if source.type in WITHOUT_FOLLOWERS:
            place = document.place_at("sources", number)
            document.report.warn(place, texts.no_followers(source.id, source.type), texts.FOLLOWERS_NEEDED)


def _reaches(brand: BrandDesk, level: Level) -> bool:
    return any(rule.level == level for rule in brand.rules)


def _called(desk: DeskConfig) -> frozenset[str]:
    """Ids of the people whom some step tells, by name or on duty."""
    targets = {
        target for level in LEVELS for step in desk.escalation.steps(level) for target in _targets_of(step)
    }
    on_duty = {person for duty in desk.oncall if duty.id in targets for person in people_of(duty)}
    return frozenset(targets | on_duty)


def _targets_of(step: EscalationStep) -> tuple[str, ...]:
    return (*step.notify, *step.call, *step.digest)


def missing_secrets(config: Config, environ: Mapping[str, str]) -> tuple[Problem, ...]:
    """Secrets that `config` names and this environment does not give: errors for `run`, nobody else's business."""
    references = [(f"sources.{source.id}.key", source.key) for source in config.sources]
    references += [
        (f"people.{person.id}.contacts", contact)
        for person in config.desk.people
        for contact in person.contacts
        if contact.startswith(("env:", "file:"))
    ]
    beat = config.network.heartbeat
    if beat is not None and beat.url.startswith(("env:", "file:")):
        references.append(("network.heartbeat.url", beat.url))
    if config.network.heads is not None:
        references.append(("network.heads", config.network.heads))
    for connector in config.network.connectors:
        path = f"network.connectors.{connector.platform}/{connector.account}"
        references.append((f"{path}.key", connector.key))
        if connector.url.startswith(("env:", "file:")):
            references.append((f"{path}.url", connector.url))
    return tuple(_missing(path, each) for path, each in references if not _is_set(each, environ))


def _is_set(reference: str, environ: Mapping[str, str]) -> bool:
    try:
        secret(reference, environ)
    except ConfigurationUnusable:
        return False
    return True


def _missing(path: str, reference: str) -> Problem:
    return Problem(
        severity="error",
        place=Place(file="fenghuo.yaml", path=path),
        found=texts.no_secret(reference),
        expected=texts.SET_SECRET,
    )
