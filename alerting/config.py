"""What the desk decides by. Plain data without secrets: it is stored by its hash.

Contacts are apprise addresses or references to secrets (`env:NAME`, `file:PATH`); the core only ever counts them.
"""

from datetime import date, time
from typing import Annotated, Literal

import msgspec

from alerting.levels import Level
from alerting.report_events import ReportPlan
from alerting.rules import Rule
from streams.sla.spec import CalendarSpec

StepAction = Literal[
    "freeze_publications", "prepare_content", "publish_content", "report", "assign", "notify"
]
ROTATION_DAYS_MOST = 366


class Hours(msgspec.Struct, frozen=True):
    """A daily span in the brand's zone, half-open, in minutes after midnight; it may run over midnight."""

    from_minute: Annotated[int, msgspec.Meta(ge=0, le=1439)]
    to_minute: Annotated[int, msgspec.Meta(ge=1, le=1440)]


class Person(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who can be called and may act. Contacts are tried in order."""

    id: str
    name: str
    contacts: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    quiet: Hours | None = None
    """Hours at which red alone rings; see `alerting.rest`."""
    timezone: str | None = None
    """Of the quiet hours; None: the brand's."""


class Rotation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """People in turn.

    `people[0]` takes over at the first handoff on or after `starts_on`, the next one `every_days` calendar days
    later at the same wall time, and so on.
    """

    people: tuple[str, ...]
    timezone: str
    handoff_at: time
    handoff_weekday: Annotated[int, msgspec.Meta(ge=0, le=6)] | None = None
    """0 is Monday. None: `starts_on` itself is the first day."""
    every_days: Annotated[int, msgspec.Meta(ge=1, le=ROTATION_DAYS_MOST)] = 7
    every_hours: Annotated[int, msgspec.Meta(ge=1, le=ROTATION_DAYS_MOST * 24)] | None = None
    """Shifts of so many hours, counted as they pass and not by the wall clock; instead of `every_days`."""
    starts_on: date


class Layer(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A rotation that goes before those under it, at its hours (of its own zone) and on its days."""

    rotation: Rotation
    hours: Hours | None = None
    weekdays: tuple[Annotated[int, msgspec.Meta(ge=0, le=6)], ...] = ()
    """On which a window begins, 0 is Monday; none: every day."""


class OnCall(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A duty, named in escalation steps by its id. The last layer in force goes first, the rotation last."""

    id: str
    rotation: Rotation | None = None
    """None: only the layers, which may leave gaps (`check` finds them)."""
    layers: tuple[Layer, ...] = ()
    confirmed: bool = False
    """Whoever comes in confirms; until then the outgoing person stays on call."""


class EscalationStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who is told, so long after the level was reached. Targets are ids of people or of on-call duties."""

    after_s: Annotated[int, msgspec.Meta(ge=0)] = 0
    notify: tuple[str, ...] = ()
    call: tuple[str, ...] = ()
    digest: tuple[str, ...] = ()
    hours: Hours | None = None
    """Outside of these the step waits for the next opening."""
    repeat_s: Annotated[int, msgspec.Meta(ge=60)] | None = None
    """Of the last step only: it is taken again and again until somebody acknowledges."""


class Escalation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Steps per level, each list in the order of `after_s`."""

    blue: tuple[EscalationStep, ...] = ()
    yellow: tuple[EscalationStep, ...] = ()
    orange: tuple[EscalationStep, ...] = ()
    red: tuple[EscalationStep, ...] = ()
    again_after_s: Annotated[int, msgspec.Meta(ge=60)] | None = None
    """An acknowledged incident in which nobody did anything for so long is paged again."""

    def steps(self, level: Level) -> tuple[EscalationStep, ...]:
        """The steps of `level`."""
        by_level = {"blue": self.blue, "yellow": self.yellow, "orange": self.orange, "red": self.red}
        return by_level[level]


class Maintenance(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A window that comes again, in the brand's zone, in which these alarms are held back; neither: all of them."""

    hours: Hours
    weekdays: tuple[Annotated[int, msgspec.Meta(ge=0, le=6)], ...] = ()
    """On which the window begins, 0 is Monday; none: every day."""
    rules: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


class Permission(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which roles may ask for something. `ANYONE` among the roles: every role but `viewer`."""

    command: str
    """A command's type, such as `incident.close`."""
    levels: tuple[Level, ...] = ()
    """None: at every level, and where there is none."""
    roles: tuple[str, ...]


class PlaybookCondition(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which incidents a playbook is for; no categories means all."""

    levels: tuple[Level, ...]
    categories: tuple[str, ...] = ()


class PlaybookStep(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to do. `due_s` counts from the start of the run; `after` names steps that come first."""

    id: str
    title: str = ""
    role: str | None = None
    due_s: Annotated[int, msgspec.Meta(ge=1)] | None = None
    calendar: str | None = None
    """By which `due_s` is counted; None: by the wall clock."""
    action: StepAction | None = None
    scenario: str | None = None
    """Which backup content `prepare_content` offers."""
    after: tuple[str, ...] = ()
    guide: str = ""
    """How it is done, and by which rule."""


class Playbook(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What to do, who, until when. The first playbook of a brand that fits an incident is run."""

    id: str
    when: PlaybookCondition
    steps: tuple[PlaybookStep, ...]


class _Blank(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    name: str
    label: str = ""
    """What whoever fills it in is asked for; empty: the name."""


class EnumBlank(_Blank, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="enum"):
    """One of these words."""

    of: tuple[str, ...]


class NumberBlank(_Blank, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="number"):
    """A number within these bounds, both included."""

    min: float
    max: float


class TimeBlank(_Blank, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="time"):
    """A moment not further ahead than this."""

    within_s: Annotated[int, msgspec.Meta(ge=1)]


class FreeBlank(_Blank, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", tag="free"):
    """Any words; legal reads the filled text."""


Blank = EnumBlank | NumberBlank | TimeBlank | FreeBlank


MaterialKind = Literal["picture", "video", "font", "music", "portrait"]
Industry = Literal["medical", "finance", "education"]


class Material(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something of others that goes out with a statement; `proof` names the licence or consent, and where it lies."""

    kind: MaterialKind
    name: str
    proof: str = ""


class Promotion(msgspec.Struct, frozen=True, kw_only=True):
    """From which day to which a promise of an advantage holds, both included."""

    starts: date
    ends: date


class ContentItem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A prepared statement. Blanks stand in `text` as `{name}`; it may be used up to the end of `expires`."""

    set: str
    scenario: str
    platform: str
    variant: str
    author: str
    expires: date
    blanks: tuple[Blank, ...] = ()
    text: str
    materials: tuple[Material, ...] = ()
    advertising: bool = False
    """It advertises, and has to say so."""
    ai: bool = False
    """Words, pictures or sound in it were generated, and it has to say so."""
    industry: Industry | None = None
    """A special industry: legal reads it first."""
    promotion: Promotion | None = None
    form: str = ""
    """How it is brought out on its platform: 口播稿, 置顶评论, 长文; empty: as an ordinary post."""

    @property
    def id(self) -> str:
        """Unique within its brand."""
        return f"{self.set}/{self.platform}/{self.variant}"


class Script(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A standard reply of the script library (话术库). `{name}` and the like are filled in by the agent."""

    id: str
    category: str
    platforms: tuple[str, ...] = ()
    text: str
    escalate: bool = False
    """Answering with it also raises the complaint to the desk."""


class BrandDesk(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One brand's part."""

    id: str
    name: str
    timezone: str
    rules: tuple[Rule, ...] = ()
    ease_after_s: Annotated[int, msgspec.Meta(ge=60)] = 3600
    playbooks: tuple[Playbook, ...] = ()
    content: tuple[ContentItem, ...] = ()
    scripts: tuple[Script, ...] = ()
    maintenance: tuple[Maintenance, ...] = ()


class DeskConfig(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of the desk. Ids are unique, references are checked, zones exist: `services.config` sees to it."""

    brands: tuple[BrandDesk, ...] = ()
    people: tuple[Person, ...] = ()
    oncall: tuple[OnCall, ...] = ()
    escalation: Escalation = Escalation()
    drill: bool = False
    """What is decided under it is a drill (演练): `services.drill` makes such configurations, no file can."""
    calendars: tuple[CalendarSpec, ...] = ()
    """Those that steps of playbooks count by."""
    reports: tuple[ReportPlan, ...] = ()
    permissions: tuple[Permission, ...] = ()
    """Read top down, before `alerting.permissions.BUILT_IN`."""

    def brand(self, brand: str) -> BrandDesk | None:
        """The brand with this id."""
        return next((each for each in self.brands if each.id == brand), None)

    def duty(self, duty: str) -> OnCall | None:
        """The duty with this id."""
        return next((each for each in self.oncall if each.id == duty), None)

    def report(self, plan: str) -> ReportPlan | None:
        """The plan of reports with this id."""
        return next((each for each in self.reports if each.id == plan), None)

    def person(self, person: str) -> Person | None:
        """The person with this id."""
        return next((each for each in self.people if each.id == person), None)
