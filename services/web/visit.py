"""What a page needs to know: the desk behind it, who looks, in which language, and when."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import SkipValidation

from alerting.commands import LOCAL_ADMIN
from alerting.config import BrandDesk, DeskConfig, Person
from alerting.permissions import VIEWER
from alerting.roster import Roster
from services.aside import Aside
from services.connectors import Connectors
from services.journals import Where
from services.past import Past
from services.ports import House
from services.reports.reporter import Reporter
from services.vault import Opener, Sealer
from services.views.arming import Disarmed, disarmed
from services.views.duties import duty_states
from services.views.reader import Reader
from services.web.access import Access, form_token
from services.web.errors import NotFromHere, Refused, SignInNeeded
from services.web.live import Hub
from services.web.new_words import NewWords
from services.web.texts import DEFAULT_LANGUAGE, LANGUAGES, Language, say
from streams.config import IntakeConfig
from streams.judging import Veil

SESSION_COOKIE = "fenghuo_session"
LANGUAGE_COOKIE = "fenghuo_language"
BRAND_COOKIE = "fenghuo_brand"
FORM_TOKEN_FIELD = "token"  # noqa: S105 (the name of a field)
FORM_TOKEN_HEADER = "x-form-token"  # noqa: S105 (the name of a header)
LOCAL_SCOPE_KEY = "fenghuo.local"
"""Set in the scope of connections through the socket in the data folder (see `local`)."""
MOMENT_SCOPE_KEY = "fenghuo.at"
"""Set in the scope of requests for the past: the moment that the answer stands for."""
DEFAULT_TIMEZONE = "Asia/Shanghai"

AnyRequest = Request[Any, Any, State]


class Decisions(Protocol):
    """The configuration that holds, as far as pages show it."""

    @property
    def intake(self) -> IntakeConfig: ...

    @property
    def desk(self) -> DeskConfig: ...


@dataclass(frozen=True, kw_only=True)
class WebDesk:
    """What the pages stand on. `services.daemon` puts it together."""

    house: House
    reader: Reader
    opener: Opener
    sealer: Sealer
    veil: Veil
    access: Access
    hub: Hub
    decisions: Callable[[], Decisions]
    now: Callable[[], datetime]
    source_of_key: Callable[[str], str | None]
    """Id of the configured source with this bearer key."""
    journals: Where
    """Where the journals lie that reports and previews read."""
    aside: Aside
    """Where questions go that take seconds of a core."""
    past: Past
    """How things stood at earlier moments."""
    reporter: Reporter
    """Makes reports on incidents and stretches of time, the same way."""
    connectors: Connectors
    """By what replies are posted."""
    base_url: str
    """Where people find the desk: before links in what leaves it."""
    refresh: Callable[[], Awaitable[None]]
    """Bring the views up to the end of the journals, so that who just did something sees it."""

    @property
    def folder(self) -> str | None:
        """The data folder of these journals; None: they lie on Kafka."""
        return str(self.journals) if isinstance(self.journals, Path) else None

    @property
    def new_words(self) -> NewWords:
        """Names the new words of incidents."""
        return NewWords(self.reader, self.opener, self.veil)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One request of somebody who is signed in."""

    desk: WebDesk
    request: AnyRequest
    person: Person
    language: Language
    now: datetime
    token: str
    """What forms of this session carry."""
    config: DeskConfig
    intake: IntakeConfig
    past: bool = False
    """The pages stand still at `now`, a moment that is over; nothing can be done there."""

    @property
    def is_admin(self) -> bool:
        """Whether the visitor came through the data folder."""
        return self.person.id == LOCAL_ADMIN

    @property
    def may_act(self) -> bool:
        """Whether the visitor may do something to what others see, or only looks."""
        return not self.past and (self.is_admin or bool(set(self.person.roles) - {VIEWER}))

    @property
    def disarmed(self) -> Disarmed | None:
        """While nobody is called since the outbox is disarmed: since when."""
        return disarmed(self.desk.reader)

    @property
    def roster(self) -> Roster:
        """Who holds each duty."""
        return Roster(self.config, duty_states(self.desk.reader))

    @property
    def brand(self) -> BrandDesk | None:
        """The brand whose pages are shown: the one in the address, the chosen one, else the first."""
        return brand_of(self.config, self.request)

    @property
    def brand_id(self) -> str | None:
        return self.brand.id if self.brand else None

    @property
    def zone(self) -> ZoneInfo:
        """The brand's zone: times on pages are its wall times."""
        return zone_of(self.brand)

    @property
    def base_url(self) -> str:
        """The address at which the visitor found the desk; through the data folder, the one that people use."""
        local = is_local(self.request)
        return self.desk.base_url if local else str(self.request.base_url).rstrip("/")

    @property
    def address_now(self) -> str:
        """This page as it stands now."""
        return quote(self.request.url.path) + (f"?{urlencode(self.asked)}" if self.asked else "")

    @property
    def asked(self) -> list[tuple[str, str]]:
        """What the address asks of this page, whenever."""
        query = parse_qsl(self.request.url.query, keep_blank_values=True)
        return [(key, value) for key, value in query if key not in ("at", "said")]

    def say(self, key: str, **values: object) -> str:
        """A text of `texts` in the visitor's language."""
        return say(self.language, key, **values)

    def name_of(self, person: str | None) -> str:
        """A colleague's name."""
        if person is None:
            return self.say("by_desk")
        if person == LOCAL_ADMIN:
            return self.say("local_admin")
        found = self.config.person(person)
        return found.name if found else person

    def brand_name(self, brand: str) -> str:
        found = self.config.brand(brand)
        return found.name if found else brand

    def once(self) -> str:
        """The id of a command that a form will send: pressing twice is asking once."""
        return secrets.token_hex(16)


AnyDesk = NamedDependency[SkipValidation[WebDesk]]
SignedIn = NamedDependency[SkipValidation[Visit]]


def brand_of(config: DeskConfig, request: AnyRequest) -> BrandDesk | None:
    """The brand that a request is about: the one in the address, the chosen one, else the first."""
    named = config.brand(request.query_params.get("brand", ""))
    chosen = named or config.brand(request.cookies.get(BRAND_COOKIE, ""))
    return chosen or (config.brands[0] if config.brands else None)


def zone_of(brand: BrandDesk | None) -> ZoneInfo:
    """The zone whose wall times are a brand's."""
    return ZoneInfo(brand.timezone if brand else DEFAULT_TIMEZONE)


def language_of(request: AnyRequest) -> Language:
    """The language that the visitor chose, else Chinese."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    return next((language for language in LANGUAGES if language == chosen), DEFAULT_LANGUAGE)


def is_local(request: AnyRequest) -> bool:
    """Whether the caller came through the socket in the data folder."""
    return bool(request.scope.get(LOCAL_SCOPE_KEY))


def moment_of(request: AnyRequest) -> datetime | None:
    """The moment that is over and that the answer stands for; None: it stands for now."""
    found = request.scope.get(MOMENT_SCOPE_KEY)
    return found if isinstance(found, datetime) else None


def visit_of(desk: WebDesk, request: AnyRequest) -> Visit | None:
    """The visit of somebody signed in; None for everybody else."""
    now, decisions = desk.now(), desk.decisions()
    session = request.cookies.get(SESSION_COOKIE, "")
    person = _local_admin() if is_local(request) else _person(desk, decisions.desk, session, now)
    if person is None:
        return None
    return Visit(
        desk=desk,
        request=request,
        person=person,
        language=language_of(request),
        now=now,
        token=form_token(session),
        config=decisions.desk,
        intake=decisions.intake,
    )


def _local_admin() -> Person:
    return Person(id=LOCAL_ADMIN, name=LOCAL_ADMIN)


def _person(desk: WebDesk, config: DeskConfig, session: str, now: datetime) -> Person | None:
    """Who is signed in; somebody who left the configuration is not."""
    person = desk.access.person_of(session, now) if session else None
    return config.person(person) if person else None


def signed_in(desk: WebDesk, request: AnyRequest) -> Visit:
    """The visit of somebody who is signed in.

    Raises:
        SignInNeeded: nobody is.
    """
    visit = visit_of(desk, request)
    if visit is None:
        raise SignInNeeded(path_of(request))
    return visit


def check_may_act(visit: Visit) -> None:
    """Let nobody act who only looks.

    Raises:
        Refused: the visitor only looks.
    """
    if not visit.may_act:
        raise Refused("not_permitted")


def path_of(request: AnyRequest) -> str:
    """Path and query of the request, as an address within the desk."""
    query = request.url.query
    return quote(request.url.path) + (f"?{query}" if query else "")


def check_origin(request: AnyRequest) -> None:
    """Let only our own pages send forms; browsers name the page's origin with every POST.

    Raises:
        NotFromHere: the form came from elsewhere.
    """
    origin = request.headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise NotFromHere(f"the form came from {origin}")


async def provide_form(request: AnyRequest, visit: SignedIn) -> dict[str, str]:
    """The dependency `form` of handlers that change something: its fields, once it is sure that a page of ours sent it.

    Raises:
        NotFromHere: another site's page sent it, or the session ended meanwhile.
    """
    check_origin(request)
    fields = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    given = request.headers.get(FORM_TOKEN_HEADER) or fields.get(FORM_TOKEN_FIELD, "")
    if not is_local(request) and not secrets.compare_digest(given.encode(), visit.token.encode()):
        raise NotFromHere("the form does not belong to this session")
    return fields


Form = NamedDependency[SkipValidation[dict[str, str]]]
