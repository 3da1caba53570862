"""All routes of the desk, with what stands around each: headers, errors, limits."""

from collections.abc import Sequence
from typing import Any

from litestar import Response, Router
from litestar.di import Provide
from litestar.static_files import create_static_files_router
from litestar.types import ASGIApp, ControllerRouterHandler, Receive, Scope, Send

from services.web import (
    alarm_pages,
    code_pages,
    content_pages,
    duty_pages,
    incident_pages,
    outbox_api,
    period_pages,
    preview_pages,
    probe_api,
    queue_pages,
    record_pages,
    report_pages,
    signin_pages,
)
from services.web.api import api_routes
from services.web.case_api import case_routes
from services.web.content_api import content_routes
from services.web.faults import fault_handlers
from services.web.live_stream import live
from services.web.mention_pages import correct, show_mentions
from services.web.no_reply_api import no_reply_routes
from services.web.queue_api import queue_api_routes
from services.web.reading import provide_reading
from services.web.render import STATIC
from services.web.security import guarded
from services.web.time_travel import provide_visit
from services.web.visit import LOCAL_SCOPE_KEY, WebDesk, provide_form
from services.web.wall_page import show_wall

FORM_BYTES_MOST = 64 * 1024
STATIC_FRESH_S = 365 * 86_400
"""Addresses of static files hold their digest."""


def routes(desk: WebDesk) -> Sequence[ControllerRouterHandler]:
    """The routes of the desk for `Litestar(route_handlers=…)`."""
    pages = Router(
        path="/",
        route_handlers=[
            signin_pages.home,
            signin_pages.show_signin,
            signin_pages.sign_in_with_password,
            signin_pages.show_invitation,
            signin_pages.sign_in_with_link,
            signin_pages.sign_out,
            signin_pages.choose,
            queue_pages.show_queue,
            queue_pages.act_on_conversation,
            queue_pages.keep_view,
            queue_pages.end_shift,
            queue_pages.post_reply,
            queue_pages.post_raise,
            report_pages.show_report,
            report_pages.report_csv,
            report_pages.api_report,
            incident_pages.show_incidents,
            incident_pages.show_incident,
            incident_pages.show_incident_at_night,
            record_pages.show_incident_report,
            record_pages.incident_report_file,
            record_pages.record_incident_report,
            period_pages.show_reports,
            period_pages.show_period_report,
            period_pages.period_report_file,
            period_pages.record_period_report,
            incident_pages.open_by_hand,
            incident_pages.act,
            content_pages.show_library,
            content_pages.show_statement,
            content_pages.act,
            content_pages.write,
            content_pages.show_sheets,
            content_pages.sheets_csv,
            content_pages.sheets_xlsx,
            duty_pages.show_oncall,
            duty_pages.act_on_duty,
            duty_pages.take_shift,
            alarm_pages.show_alarms,
            alarm_pages.start_silence,
            alarm_pages.end_silence,
            preview_pages.show_preview,
            preview_pages.api_preview,
            code_pages.show_code,
            code_pages.take_by_code,
            code_pages.take_by_text,
            show_mentions,
            correct,
            show_wall,
            live,
            probe_api.begin_probe,
            probe_api.show_probe,
            outbox_api.show_outbox,
            outbox_api.act_on_outbox,
            *api_routes(),
            *queue_api_routes(),
            *no_reply_routes(),
            *case_routes(),
            *content_routes(),
        ],
        dependencies={
            "desk": Provide(lambda: desk, sync_to_thread=False),
            "visit": Provide(provide_visit),
            "reading": Provide(provide_reading),
            "form": Provide(provide_form),
        },
        exception_handlers=fault_handlers(desk.now),
        after_request=guarded,
        include_in_schema=False,
        request_max_body_size=FORM_BYTES_MOST,
    )
    return [pages, _static()]


def _static() -> Router:
    return create_static_files_router(
        path="/static",
        directories=[STATIC],
        cache_control=None,
        include_in_schema=False,
        after_request=_kept,
    )


async def _kept(response: Response[Any]) -> Response[Any]:
    response.headers["Cache-Control"] = f"public, max-age={STATIC_FRESH_S}, immutable"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def local(app: ASGIApp) -> ASGIApp:
    """`app` for the socket in the data folder: whoever may open that file is trusted as the local admin."""

    async def trusted(scope: Scope, receive: Receive, send: Send) -> None:
        scope[LOCAL_SCOPE_KEY] = True  # type: ignore[literal-required]
        await app(scope, receive, send)

    return trusted
