"""The second decider: signals, breaches and commands come in; incidents, pages and playbooks follow.

Everything is local to a brand. What the desk takes in it journals again, so that its journal alone rebuilds it.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from alerting import arming, desk_state, librarian, staff
from alerting.arming_events import OutboxArmed, OutboxDisarmed
from alerting.audit_events import AuditAlarmed, ProbeStarted
from alerting.brand_commands import carry_out
from alerting.commands import (
    DeskCommand,
    Refusal,
    ReportPage,
    StaffCommand,
)
from alerting.config import DeskConfig
from alerting.content_events import AnyContentEvent, ContentEvent
from alerting.desk_state import BrandState, DeskState
from alerting.detect import on_breach, on_signal
from alerting.dues import answer, dues, incident_due, silence_due, silent_at
from alerting.duty import ALL_BRANDS
from alerting.duty_events import DutyEvent
from alerting.events import (
    AlarmSilenced,
    AnyIncidentEvent,
    DeskEvent,
    Evidence,
    IncidentClosed,
    IncidentEased,
    IncidentJoined,
    IncidentOpened,
    IncidentRaised,
    PageDelivered,
    PageFailed,
    PageOutcome,
    PageRequested,
    TakenIn,
    WatchRestarted,
)
from alerting.incident import fold, opened
from alerting.orders import Orders, orders_of
from alerting.quiet import ran_out
from alerting.quiet_events import SilenceEnded, SilenceStarted
from alerting.report_events import ReportDue, ReportRecorded
from alerting.roster import Roster
from alerting.shift_events import ShiftEvent
from alerting.timers import TimerKey
from streams import ids
from streams.commands import ActivateConfig, command_type
from streams.events import CommandRefused, ConfigActivated, SignalRaised, SlaBreached, SlaBreachVoided

DeskArrival = TakenIn | DeskCommand
DeskHappening = DeskArrival
"""Nothing is judged on the way in."""


class Desk:
    """The crisis desk. `book` holds every configuration by its hash; it may grow while the desk works."""

    def __init__(self, book: Mapping[str, DeskConfig]) -> None:
        self._book = book
        self._orders: dict[str, dict[str, Orders]] = {}

    def begin(self) -> DeskState:
        return DeskState()

    def judge(self, state: DeskState, arrivals: Sequence[DeskArrival]) -> Sequence[DeskHappening]:
        told: defaultdict[str, list[str]] = defaultdict(list)
        for arrival in arrivals:
            if isinstance(arrival, SignalRaised):
                told[arrival.brand] += (_told_by(arrival), arrival.item)
        for name, names in told.items():
            if (brand := state.brands.get(name)) is not None:
                brand.seen.look_up(names)
        return arrivals

    def configuration(self, state: DeskState) -> str | None:
        return state.config

    def dump(self, state: DeskState) -> Iterable[bytes]:
        return desk_state.dump(state)

    def load(self, chunks: Iterable[bytes]) -> DeskState:
        state = desk_state.load(chunks)
        self._set_timers(state)
        return state

    def config(self, state: DeskState) -> DeskConfig | None:
        """The configuration that holds."""
        return self._book.get(state.config) if state.config is not None else None

    def orders(self, state: DeskState, brand: str) -> Orders | None:
        """What holds for a brand; None if it is unknown or nothing is configured."""
        found = self._configured(state, brand)
        return found.on(Roster(found.config, state.duties)) if found is not None and state.duties else found

    def _configured(self, state: DeskState, brand: str) -> Orders | None:
        """The same without the duties as they stand: all that a signal needs, as long as nothing fires."""
        if state.config is None:
            return None
        orders = self._orders.get(state.config)
        if orders is None and (config := self._book.get(state.config)) is not None:
            orders = self._orders[state.config] = orders_of(config)
        return orders.get(brand) if orders is not None else None

    def decide(self, state: DeskState, happening: DeskHappening, now: datetime) -> Sequence[DeskEvent]:
        match happening:
            case SignalRaised():
                return self._decide_signal(state, happening, now)
            case SlaBreached():
                return self._decide_breach(state, happening, now)
            case SlaBreachVoided():
                return self._decide_voided(state, happening)
            case _:
                if ids.derived(happening.id) in state.commands:
                    return []
                return self._decide_command(state, happening, now)

    def _decide_signal(self, state: DeskState, signal: SignalRaised, now: datetime) -> list[DeskEvent]:
        configured = self._configured(state, signal.brand)
        brand = state.brands.get(signal.brand) or BrandState()
        if configured is None:
            return []
        # Whoever brings a new item is new as well: a brand forgets no item before the facts about it.
        first = signal.item not in brand.seen
        if not first and _told_by(signal) in brand.seen:
            return []
        fired = on_signal(configured.lookout, brand.watch, signal, first=first)
        orders = self.orders(state, signal.brand) if fired else None
        if orders is None:
            return [signal]
        return [signal, *answer(orders, brand, fired, signal.id, now)]

    def _decide_breach(self, state: DeskState, breach: SlaBreached, now: datetime) -> list[DeskEvent]:
        orders = self.orders(state, breach.brand or "")
        brand = state.brands.get(breach.brand or "") or BrandState()
        if orders is None or breach.id in brand.seen:
            return []
        fired = on_breach(orders.lookout, brand.watch, breach)
        return [breach, *answer(orders, brand, fired, breach.id, now)]

    def _decide_voided(self, state: DeskState, voided: SlaBreachVoided) -> list[DeskEvent]:
        brand = state.brands.get(voided.brand or "")
        if brand is None or voided.id in brand.seen:
            return []
        return [voided]

    def _decide_command(self, state: DeskState, command: DeskCommand, now: datetime) -> Sequence[DeskEvent]:
        if isinstance(command, ActivateConfig):
            if command.config not in self._book:
                return [_refused(command, ALL_BRANDS, "unknown_configuration", now)]
            if command.config == state.config:
                return []
            return [ConfigActivated(cause=command.id, key=ALL_BRANDS, at=now, config=command.config)]
        if isinstance(command, StaffCommand) or (isinstance(command, ReportPage) and not command.incident):
            return self._decide_for_all(state, command, now)
        orders = self.orders(state, command.brand)
        if orders is None:
            return [_refused(command, command.brand, "unknown_brand", now)]
        decided = carry_out(orders, state.brands.get(command.brand) or BrandState(), command, now)
        return [_refused(command, command.brand, decided, now)] if isinstance(decided, str) else decided

    def _decide_for_all(
        self, state: DeskState, command: StaffCommand | ReportPage, now: datetime
    ) -> Sequence[DeskEvent]:
        config = self.config(state)
        decided = staff.decide(state, config, command, now) if config is not None else "unknown_configuration"
        return [_refused(command, ALL_BRANDS, decided, now)] if isinstance(decided, str) else decided

    def next_due(self, state: DeskState) -> datetime | None:
        earliest = state.timers.earliest(lambda key: self._due_of(state, key))
        return earliest[0] if earliest is not None else None

    def due(self, state: DeskState, now: datetime) -> Sequence[DeskEvent]:
        earliest = state.timers.earliest(lambda key: self._due_of(state, key))
        if earliest is None or earliest[0] > now:
            return []
        due_at, key = earliest
        if key.kind == "duty" or key.kind == "report":
            config = self.config(state)
            assert config is not None
            return staff.due(state, config, key, now)
        orders = self.orders(state, key.brand)
        assert orders is not None
        match key.kind:
            case "incident":
                return incident_due(state.brands[key.brand], orders, key.id, now)
            case "silence":
                return silence_due(state.brands[key.brand], orders, key.id, due_at, now)
            case "content":
                return librarian.content_due(orders, state.brands[key.brand], key.id, now)
            case "quiet":
                return [ran_out(key.brand, state.brands[key.brand].silences[key.id])]

    def evolve(self, state: DeskState, event: DeskEvent) -> None:
        match event:
            case SignalRaised():
                self._evolve_signal(state, event)
            case SlaBreached() | SlaBreachVoided():
                self._evolve_breach(state, event)
            case ConfigActivated():
                state.config = event.config
                state.commands.add(ids.derived(event.cause), event.at)
                self._adapt(state, event.at)
            case CommandRefused():
                state.commands.add(ids.derived(event.cause), event.at)
            case WatchRestarted():
                state.brand(event.key).watch.restart(event.platform, event.at)
                self._set_silence_timers(state, event.key, event.platform)
            case SilenceStarted() | SilenceEnded():
                self._evolve_quiet(state, event)
            case DutyEvent():
                staff.evolve_duty(state, event)
                self._set_timer(state, TimerKey("duty", ALL_BRANDS, event.duty))
                self._set_incident_timers(state)
            case ContentEvent():
                self._evolve_content(state, event)
            case ReportDue():
                state.reports[event.plan] = event.at
                self._set_timer(state, TimerKey("report", ALL_BRANDS, event.plan))
            case OutboxDisarmed() | OutboxArmed():
                arming.evolve(state, event)
            case AuditAlarmed() | ProbeStarted() | ShiftEvent() | ReportRecorded():
                state.commands.add(ids.derived(event.cause), event.at)
            case PageRequested(incident="") | PageDelivered(incident="") | PageFailed(incident=""):
                staff.evolve_page(state, event)
            case AlarmSilenced():
                state.brand(event.key).watch.take_firing(event.evidence)
            case _:
                self._evolve_incident(state, event)

    def _evolve_signal(self, state: DeskState, signal: SignalRaised) -> None:
        brand = state.brand(signal.brand)
        brand.seen.add(_told_by(signal), signal.at)
        first = brand.seen.add_new(signal.item, signal.at)
        orders = self._configured(state, signal.brand)
        if orders is None:
            return
        if brand.watch.take_signal(orders.lookout, signal, first=first):
            self._set_silence_timers(state, signal.brand, signal.platform)
        else:
            for rule in orders.lookout.silence.get(signal.platform, ()):
                state.timers.doubt(TimerKey("silence", signal.brand, rule.id))

    def _evolve_breach(self, state: DeskState, event: SlaBreached | SlaBreachVoided) -> None:
        brand = state.brand(event.brand or "")
        brand.seen.add(event.id, event.at)
        if isinstance(event, SlaBreached):
            brand.watch.take_breach(event)
        else:
            brand.watch.void_breach(event)

    def _evolve_content(self, state: DeskState, event: AnyContentEvent) -> None:
        librarian.evolve_content(state.brand(event.key), event)
        if event.by is not None:
            state.commands.add(ids.derived(event.cause), event.at)
        self._set_timer(state, TimerKey("content", event.key, event.item))

    def _evolve_quiet(self, state: DeskState, event: SilenceStarted | SilenceEnded) -> None:
        brand = state.brand(event.key)
        state.commands.add(ids.derived(event.cause), event.at)
        match event:
            case SilenceStarted():
                brand.silences[event.silence.id] = event.silence
                self._set_timer(state, TimerKey("quiet", event.key, event.silence.id))
            case SilenceEnded():
                brand.silences.pop(event.silence, None)
                state.timers.set(TimerKey("quiet", event.key, event.silence), None)
        for platform in brand.watch.platforms:
            self._set_silence_timers(state, event.key, platform)

    def _evolve_incident(self, state: DeskState, event: AnyIncidentEvent) -> None:
        brand = state.brand(event.key)
        if event.by is not None or isinstance(event, PageOutcome):
            state.commands.add(ids.derived(event.cause), event.at)
        known = brand.incidents.get(event.incident)
        if isinstance(event, IncidentOpened):
            incident = opened(event)
        elif known is not None:
            incident = fold(known, event)
        else:
            return
        brand.incidents[incident.id] = incident
        if (evidence := _evidence_of(event)) is not None:
            brand.watch.take_firing(evidence)
            if evidence.rule_type == "silence":
                self._set_timer(state, TimerKey("silence", event.key, evidence.rule))
        if isinstance(event, IncidentClosed) or (isinstance(event, IncidentEased) and event.by is not None):
            brand.watch.begin_afresh(frozenset(incident.rules), event.at)
        self._set_timer(state, TimerKey("incident", event.key, incident.id))
        if known is None or (known.level, known.is_open) != (incident.level, incident.is_open):
            self._set_content_timers(state, event.key)
        if not incident.is_open:
            brand.drop_oldest_closed()

    def _adapt(self, state: DeskState, at: datetime) -> None:
        """A new configuration holds: forget what only gone rules need, and time everything anew."""
        if (config := self.config(state)) is not None:
            staff.begin(state, config, at)
        for name, brand in state.brands.items():
            orders = self.orders(state, name)
            if orders is not None:
                brand.watch.forget_rules(orders.lookout)
        self._set_timers(state)

    def _set_timers(self, state: DeskState) -> None:
        state.timers.clear()
        for duty in state.duties:
            self._set_timer(state, TimerKey("duty", ALL_BRANDS, duty))
        for plan in state.reports:
            self._set_timer(state, TimerKey("report", ALL_BRANDS, plan))
        self._set_incident_timers(state)
        for name, brand in state.brands.items():
            self._set_content_timers(state, name)
            for silence in brand.silences:
                self._set_timer(state, TimerKey("quiet", name, silence))
            for platform in brand.watch.platforms:
                self._set_silence_timers(state, name, platform)

    def _set_incident_timers(self, state: DeskState) -> None:
        """Also when a duty passed on: a step may wait for the sleep of whoever holds it."""
        for name, brand in state.brands.items():
            for incident in brand.incidents:
                self._set_timer(state, TimerKey("incident", name, incident))

    def _set_content_timers(self, state: DeskState, brand: str) -> None:
        """Also when the gravest level changed: deputies are asked sooner at red."""
        for item in state.brand(brand).shelf:
            self._set_timer(state, TimerKey("content", brand, item))

    def _set_silence_timers(self, state: DeskState, brand: str, platform: str) -> None:
        """Time a platform's silence rules, and the incidents that stay open while it is silent."""
        orders = self.orders(state, brand)
        rules = orders.lookout.silence.get(platform, ()) if orders is not None else ()
        for rule in rules:
            self._set_timer(state, TimerKey("silence", brand, rule.id))
        silent = {rule.id for rule in rules}
        for incident in state.brand(brand).incidents.values():
            if incident.is_open and not silent.isdisjoint(incident.rules):
                self._set_timer(state, TimerKey("incident", brand, incident.id))

    def _set_timer(self, state: DeskState, key: TimerKey) -> None:
        state.timers.set(key, self._due_of(state, key))

    def _due_of(self, state: DeskState, key: TimerKey) -> datetime | None:
        if key.kind == "duty" or key.kind == "report":
            config = self.config(state)
            return staff.due_at(state, config, key) if config is not None else None
        orders, brand = self.orders(state, key.brand), state.brands.get(key.brand)
        if orders is None or brand is None:
            return None
        match key.kind:
            case "incident":
                incident = brand.incidents.get(key.id)
                return min(dues(incident, orders, brand), default=None) if incident is not None else None
            case "silence":
                return silent_at(brand, orders, orders.lookout.rules.get(key.id))
            case "quiet":
                silence = brand.silences.get(key.id)
                return silence.until if silence is not None else None
            case "content":
                return librarian.content_due_at(orders, brand, key.id)


def _told_by(signal: SignalRaised) -> str:
    """What a brand remembers of a signal: of one fact it hears once, so the fact's id need not be hashed into another."""
    return signal.id if signal.revision else signal.cause


def _refused(command: DeskCommand, key: str, why: Refusal | str, now: datetime) -> CommandRefused:
    return CommandRefused(
        cause=command.id, key=key, at=now, who=command.who, what=command_type(command), why=why
    )


def _evidence_of(event: AnyIncidentEvent) -> Evidence | None:
    """What a rule found; what a person took over from another incident was found before."""
    if event.by is not None or not isinstance(event, IncidentOpened | IncidentJoined | IncidentRaised):
        return None
    return event.evidence
