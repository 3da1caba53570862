"""What Intake's events mean for the tables. A batch is collected in memory and written in a few statements."""

import sqlite3
from collections import Counter
from collections.abc import Sequence
from typing import assert_never

import msgspec
from msgspec.structs import replace

from services.vault import month_of
from services.views.attention_rows import AttentionRows
from services.views.case_rows import write_case_events
from services.views.corrections import write_corrections
from streams import events, facts, ids
from streams.attention_events import AttentionEvent
from streams.case_events import AnyCaseEvent, CaseEvent
from streams.conversations import conversation_of
from streams.sla.clocks import Clock
from streams.sla.instants import US, to_us

MINUTE_US = 60 * US
VIP_TAG = "vip"
"""The customer tag that the queue shows."""

_encode = msgspec.msgpack.encode
_ItemRow = tuple[object, ...]


class _Waits(msgspec.Struct, kw_only=True):
    """How the clocks of one conversation stand at the end of the batch."""

    event: events.AnyClockEvent
    response: Clock | None = None
    """The response clock that is open."""
    ended: set[tuple[str, int]] = msgspec.field(default_factory=set)
    resolution: Clock | None = None
    folded: bool = False
    """A group stands for it and somebody still waits."""


class IntakeRows:
    """Collects the events of one batch, in order, then writes what they come to."""

    def __init__(self) -> None:
        self._facts: dict[str, facts.Seen] = {}
        self._judged: dict[str, events.ItemJudged] = {}
        self._wanted: dict[str, facts.Seen] = {}
        self._edited: dict[str, facts.ItemEdited] = {}
        self._touched: dict[str, list[facts.CommentReceived]] = {}
        self._waits: dict[str, _Waits] = {}
        self._signals: dict[tuple[str, str], events.SignalRaised] = {}
        self._severity: dict[str, events.Severity] = {}
        self._minutes: Counter[tuple[str, int, str]] = Counter()
        self._counted: dict[tuple[str, str], events.Label] = {}
        """Brand and item → the label under which `minutes` counts it."""
        self._corrected: dict[str, list[events.JudgementCorrected]] = {}
        self._measured: list[tuple[int | None, str, str]] = []
        self._replied: dict[str, int] = {}
        self._deleted: list[str] = []
        self._let_go: list[_ItemRow] = []
        self._reviewed: list[_ItemRow] = []
        self._attention = AttentionRows()
        self._erased: list[str] = []
        self._answers: list[tuple[str, str]] = []
        """Replies that name nobody, each with the item that it answers."""
        self._cases: list[AnyCaseEvent] = []

    def take(self, event: events.IntakeEvent) -> None:
        """Collect one event."""
        match event:
            case events.ItemJudged():
                self._judged[event.item] = event
                self._corrected.pop(event.item, None)  # what was corrected was the text before
            case events.JudgementCorrected():
                self._corrected.setdefault(event.item, []).append(event)
            case facts.MentionObserved():
                self._facts[event.item] = event
            case facts.CommentReceived():
                self._comment(event)
            case events.SignalRaised():
                self._signal(event)
            case facts.ReplySent():
                self._reply(event)
            case facts.ItemEdited():
                self._facts[event.item] = self._edited[event.item] = event
            case facts.ItemDeleted():
                self._deleted.append(event.item)
            case events.ConversationMarked():
                if event.rule is not None and event.item is not None:
                    self._let_go.append(
                        (event.item, event.conversation, event.key, event.rule, event.sampled)
                    )
            case events.NoReplyReviewed():
                self._reviewed.append((event.verdict, event.by, event.item))
            case events.PersonErased():
                self._erased.append(event.person)
            case (
                events.SlaStarted() | events.SlaRescheduled() | events.SlaWarned() | events.SlaBreached()
                | events.SlaBreachVoided() | events.SlaMet() | events.SlaPaused() | events.SlaResumed()
                | events.SlaCancelled()
            ):  # fmt: skip
                self._clock(event)
                self._attention.clock(event)
            case AttentionEvent():
                self._attention.take(event)
            case CaseEvent():
                self._cases.append(event)
            case (
                facts.ItemMeasured() | facts.CollectorBeat() | events.SlaPolicyChanged()
                | events.ConfigActivated() | events.CommandRefused()
            ):  # fmt: skip
                pass
            case _:
                assert_never(event)

    def _comment(self, fact: facts.CommentReceived) -> None:
        self._facts[fact.item] = self._wanted[fact.item] = fact
        conversation = conversation_of(fact)
        self._touched.setdefault(conversation, []).append(fact)
        self._attention.wake(conversation)

    def _reply(self, fact: facts.ReplySent) -> None:
        self._facts[fact.item] = self._wanted[fact.item] = fact
        if fact.to_author is None and fact.parent is not None:
            self._answers.append((fact.item, ids.item_id(fact.platform, fact.parent)))
        if fact.account and not fact.auto:
            self._replied[fact.account] = max(self._replied.get(fact.account, 0), to_us(fact.occurred_at))

    def _signal(self, signal: events.SignalRaised) -> None:
        fact = self._facts.get(signal.item)
        if fact is None or fact.id != signal.cause:
            # New counts of an item that came in before: it is no other mention.
            self._measured.append((signal.reposts, signal.brand, signal.item))
            return
        first = self._signals.get((signal.brand, signal.item))
        self._signals[signal.brand, signal.item] = (
            replace(signal, observed_at=first.observed_at) if first is not None else signal
        )
        self._wanted.setdefault(signal.item, fact)
        if signal.severity is not None and isinstance(fact, facts.CommentReceived):
            # P0 is the gravest and the smallest word.
            self._severity[signal.item] = min(
                signal.severity, self._severity.get(signal.item, signal.severity)
            )
        if not (signal.own or isinstance(fact, facts.ItemEdited)):
            self._minutes[signal.brand, to_us(signal.observed_at) // MINUTE_US, signal.label] += 1
            self._counted[signal.brand, signal.item] = signal.label

    def _clock(self, event: events.AnyClockEvent) -> None:
        waits = self._waits.setdefault(event.conversation, _Waits(event=event))
        waits.event = event
        clock = event.clock
        if clock.kind == "resolution":
            waits.resolution = clock
            return
        waits.folded = clock.folded_at is not None and clock.ended_at is None
        if clock.state_end is None and clock.folded_at is None:
            waits.response = clock
        else:
            waits.ended.add((clock.kind, clock.ordinal))
            if waits.response is not None and _name(waits.response) == _name(clock):
                waits.response = None

    def write(self, connection: sqlite3.Connection) -> frozenset[str]:
        """Write what was collected; returns the names of the pages that changed."""
        self._write_items(connection)
        self._write_conversations(connection)
        self._write_mentions(connection)
        connection.executemany(_LET_GO, self._let_go)
        connection.executemany("UPDATE no_reply SET verdict = ?, by = ? WHERE item = ?", self._reviewed)
        corrected = [event for each in self._corrected.values() for event in each]
        write_corrections(connection, corrected)
        self._attention.write(connection)
        write_case_events(connection, self._cases)
        changed = {"queue", "mentions", "incidents"} if corrected else set()
        if (
            self._attention.changed
            or self._waits
            or self._touched
            or self._replied
            or self._deleted
            or self._erased
        ):
            changed.add("queue")
        if self._signals or self._measured or self._deleted or self._erased:
            changed |= {"mentions", "incidents"}
        if self._cases:
            changed.add("cases")
        return frozenset(changed)

    def _write_items(self, connection: sqlite3.Connection) -> None:
        rows = [
            _item_row(fact, self._judged.get(item), self._conversation_of(fact, connection))
            for item, fact in self._wanted.items()
        ]
        edits = [_edit_row(fact, self._judged.get(item)) for item, fact in self._edited.items()]
        connection.executemany(_ITEM_ADD, rows)
        connection.executemany(_ITEM_EDIT, edits)
        connection.executemany(
            "UPDATE items SET deleted = 1 WHERE item = ?", [(item,) for item in self._deleted]
        )
        connection.executemany(
            "UPDATE items SET sealed = x'' WHERE subject = ?", [(one,) for one in self._erased]
        )

    def _conversation_of(self, fact: facts.Seen, connection: sqlite3.Connection) -> str | None:
        """The conversation an item belongs to; None for mentions and for replies to a whole post."""
        match fact:
            case facts.CommentReceived():
                return conversation_of(fact)
            case facts.ReplySent(to_author=str() as customer):
                return ids.conversation_id(fact.platform, fact.account or "", fact.post, customer)
            case facts.ReplySent(parent=str() as parent) if parent != fact.post:
                return self._conversation_of_item(ids.item_id(fact.platform, parent), connection)
            case _:
                return None

    def _conversation_of_item(self, item: str, connection: sqlite3.Connection) -> str | None:
        fact = self._wanted.get(item)
        if isinstance(fact, facts.CommentReceived):
            return conversation_of(fact)
        row = connection.execute("SELECT conversation FROM items WHERE item = ?", (item,)).fetchone()
        return row["conversation"] if row else None

    def _write_conversations(self, connection: sqlite3.Connection) -> None:
        touched = [self._touch_row(name, messages) for name, messages in self._touched.items()]
        connection.executemany(_CONVERSATION_TOUCH, touched)
        opened = [_open_row(name, waits.response) for name, waits in self._waits.items() if waits.response]
        ended = [
            (name, kind, ordinal)
            for name, waits in self._waits.items()
            if waits.response is None
            for kind, ordinal in waits.ended
        ]
        resolutions = [
            (_encode(waits.resolution), name) for name, waits in self._waits.items() if waits.resolution
        ]
        timed = [_timed_row(name, waits.event) for name, waits in self._waits.items()]
        folded = [
            (waits.folded, name) for name, waits in self._waits.items() if waits.response or waits.ended
        ]
        connection.executemany(_CONVERSATION_TIMED, timed)
        connection.executemany("UPDATE conversations SET folded = ?1 WHERE id = ?2 AND folded <> ?1", folded)
        connection.executemany(_CLOCK_OPEN, opened)
        connection.executemany(_CLOCK_END, ended)
        connection.executemany("UPDATE conversations SET resolution = ? WHERE id = ?", resolutions)
        connection.executemany(_REPLIED, list(self._replied.items()))
        connection.executemany("INSERT OR IGNORE INTO answers VALUES (?, ?)", self._answers)

    def _touch_row(self, conversation: str, messages: Sequence[facts.CommentReceived]) -> _ItemRow:
        """What all the messages say together, as if each had been written by itself."""
        last = messages[-1]
        severities = [grave for fact in messages if (grave := self._severity.get(fact.item)) is not None]
        judged = [self._judged[fact.item] for fact in messages if fact.item in self._judged]
        return (
            conversation, last.key, last.platform, last.account or "",
            to_us(max(fact.occurred_at for fact in messages)), min(severities, default=None),
            next((each.topic for each in judged if each.topic is not None), None),
            any(VIP_TAG in fact.author_tags for fact in messages), last.author,
        )  # fmt: skip

    def _write_mentions(self, connection: sqlite3.Connection) -> None:
        connection.executemany(
            _MENTION_UPSERT,
            [(*_mention_row(signal), self._counted.get(key)) for key, signal in self._signals.items()],
        )
        connection.executemany(_MEASURED, self._measured)
        connection.executemany(_MINUTE_ADD, [(*key, count) for key, count in self._minutes.items()])


def _name(clock: Clock) -> tuple[str, int]:
    return clock.kind, clock.ordinal


def _item_row(fact: facts.Seen, judged: events.ItemJudged | None, conversation: str | None) -> _ItemRow:
    ours = fact.own or isinstance(fact, facts.ReplySent)
    robot = isinstance(fact, facts.ReplySent) and fact.auto
    return (
        fact.item, fact.id, fact.sealed_for, month_of(fact.occurred_at), fact.sealed, fact.platform, fact.kind,
        fact.native_id, fact.account, conversation, fact.key, ours, robot, to_us(fact.occurred_at),
        to_us(fact.observed_at), fact.author_followers, ",".join(fact.author_tags), *_judgement(judged), fact.post,
    )  # fmt: skip


def _edit_row(fact: facts.ItemEdited, judged: events.ItemJudged | None) -> _ItemRow:
    content = (fact.id, fact.sealed_for, month_of(fact.occurred_at), fact.sealed)
    return (*content, *_judgement(judged), fact.item)


def _judgement(judged: events.ItemJudged | None) -> _ItemRow:
    if judged is None:
        return (None, None, None, None, None, "", None)
    evidence = "\n".join(judged.topic_evidence)
    confidence: float = getattr(judged, judged.label)
    return (
        judged.label, confidence, judged.negative, judged.abstain, judged.topic, evidence, _encode(judged.matches),
    )  # fmt: skip


def _timed_row(name: str, event: events.AnyClockEvent) -> _ItemRow:
    return name, event.key, event.platform, event.account, event.brand, event.severity


def _open_row(name: str, clock: Clock) -> _ItemRow:
    return (
        _encode(clock), clock.kind, clock.ordinal, to_us(clock.started_at), to_us(clock.due_at), clock.target_s,
        clock.paused_since is not None, clock.started_by, name,
    )  # fmt: skip


def _mention_row(signal: events.SignalRaised) -> _ItemRow:
    return (
        signal.item, signal.brand, to_us(signal.observed_at), signal.platform, signal.label, signal.severity,
        signal.category, signal.topic, ",".join(signal.monitors), signal.reach, signal.reposts, signal.addressed,
    )  # fmt: skip


_ITEM_ADD = """
    INSERT INTO items (item, fact, subject, month, sealed, platform, kind, native_id, account, conversation, thread,
        ours, robot, occurred_us, observed_us, followers, tags, label, confidence, negative, abstain, topic,
        topic_evidence, matches, post)
    VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)
    ON CONFLICT (item) DO NOTHING"""
_ITEM_EDIT = """
    UPDATE items SET fact = ?, subject = ?, month = ?, sealed = ?, label = ?, confidence = ?, negative = ?, abstain = ?, topic = ?,
        topic_evidence = ?, matches = ?, judged = NULL, corrected_by = NULL, corrected_us = NULL
    WHERE item = ?"""
_CONVERSATION_TOUCH = """
    INSERT INTO conversations (id, key, platform, account, last_us, severity, topic, vip, customer)
    VALUES (?,?,?,?,?,?,?,?,?)
    ON CONFLICT (id) DO UPDATE SET
        last_us = max(excluded.last_us, last_us),
        severity = coalesce(min(excluded.severity, severity), severity, excluded.severity),
        topic = coalesce(topic, excluded.topic), vip = max(vip, excluded.vip), snoozed_us = NULL,
        customer = coalesce(customer, excluded.customer),
        customer = excluded.customer"""
_CONVERSATION_TIMED = """
    INSERT INTO conversations (id, key, platform, account, brand, severity) VALUES (?,?,?,?,?,?)
    ON CONFLICT (id) DO UPDATE SET brand = coalesce(excluded.brand, brand),
        severity = coalesce(min(excluded.severity, severity), severity, excluded.severity)"""
_CLOCK_OPEN = """
    UPDATE conversations SET clock = ?, clock_kind = ?, clock_ordinal = ?, started_us = ?, due_us = ?, target_s = ?,
        paused = ?, began_by = ?
    WHERE id = ?"""
_CLOCK_END = """
    UPDATE conversations SET clock = NULL, clock_kind = NULL, clock_ordinal = NULL, started_us = NULL, due_us = NULL,
        target_s = NULL, began_by = NULL, paused = 0, claimed_by = NULL, claimed_us = NULL, snoozed_us = NULL
    WHERE id = ? AND clock_kind = ? AND clock_ordinal = ?"""
_LET_GO = """
    INSERT INTO no_reply (item, conversation, key, rule, sampled) VALUES (?,?,?,?,?) ON CONFLICT DO NOTHING"""
_REPLIED = """
    INSERT INTO replies (account, last_us) VALUES (?, ?)
    ON CONFLICT (account) DO UPDATE SET last_us = max(last_us, excluded.last_us)"""
_MENTION_UPSERT = """
    INSERT INTO mentions VALUES ((SELECT n FROM items WHERE item = ?),?,?,?,?,?,?,?,?,?,?,?,?)
    ON CONFLICT (n, brand) DO UPDATE SET label = excluded.label, severity = excluded.severity,
        category = excluded.category, topic = excluded.topic, monitors = excluded.monitors, reach = excluded.reach,
        reposts = coalesce(excluded.reposts, reposts)"""
_MEASURED = """
    UPDATE mentions SET reposts = coalesce(?, reposts)
    WHERE brand = ? AND n = (SELECT n FROM items WHERE item = ?)"""
_MINUTE_ADD = """
    INSERT INTO minutes (brand, minute, label, items) VALUES (?,?,?,?)
    ON CONFLICT (brand, minute, label) DO UPDATE SET items = items + excluded.items"""
