"""What programs read of the desk: who may, and as of which moment."""

from litestar.di import NamedDependency
from litestar.params import SkipValidation

from services.web.errors import SignInNeeded
from services.web.time_travel import back_to, moment_asked
from services.web.visit import AnyDesk, AnyRequest, WebDesk, visit_of

BEARER = "Bearer "


async def provide_reading(desk: AnyDesk, request: AnyRequest) -> WebDesk:
    """The dependency `reading` of the JSON interface: the desk for who may read it, as it stands or stood `at` a moment.

    Raises:
        SignInNeeded: neither a session, nor a source's key, nor the local socket.
        BadQuestion, Refused, Overloaded: as `moment_asked` and `back_to`.
    """
    if not _may_read(desk, request):
        raise SignInNeeded("")
    moment = moment_asked(desk, request)
    return desk if moment is None else await back_to(moment, desk, request)


def _may_read(desk: WebDesk, request: AnyRequest) -> bool:
    given = request.headers.get("authorization", "")
    if given.startswith(BEARER) and desk.source_of_key(given.removeprefix(BEARER)) is not None:
        return True
    return visit_of(desk, request) is not None


Reading = NamedDependency[SkipValidation[WebDesk]]
