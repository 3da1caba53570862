"""Logs as key and value: lines of JSON for machines, colours for a person at a terminal. Secrets never stand in them."""

import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "***"
_SECRET_NAMES = re.compile(
    r"key|token|secret|passw|authorization|cookie|credential|contact|url", re.IGNORECASE
)
_PLAIN_NAMES = frozenset({"partition_key"})
"""Names that only look like secrets."""
_BEARER = re.compile(r"(?i)\b(bearer|basic)\s+[\w.~+/=-]{6,}")
_USERINFO = re.compile(r"(?<=://)[^/\s@]+@")
_PARAMETER = re.compile(r"(?i)\b([\w-]*(?:key|token|secret|password|sign)[\w-]*)=[^&\s'\"]+")
LIBRARIES_AT_WARNING = ("apprise", "asyncio", "faust", "httpcore", "httpx", "mode", "uvicorn")
"""They tell of every connection, with its address."""
LIBRARIES_AT_CRITICAL = ("aiokafka", "kafka")
"""They tell of every attempt, twenty a second, while a broker is away; what that means for us is told by us."""


def configure_logs(
    stream: TextIO | None = None, *, level: int = logging.INFO, secrets: Iterable[str] = ()
) -> None:
    """Send structlog and the standard library's logging to `stream` (default: standard error) in one form.

    `secrets` are resolved keys; wherever one of them turns up, it is hidden.
    """
    out = stream or sys.stderr
    redact = Redactor(secrets)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(out)],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in LIBRARIES_AT_WARNING:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in LIBRARIES_AT_CRITICAL:
        logging.getLogger(name).setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _renderer(out: TextIO) -> Processor:
    if out.isatty():
        return structlog.dev.ConsoleRenderer()
    return structlog.processors.JSONRenderer(ensure_ascii=False, default=str)


class Redactor:
    """A processor that hides values by name, known secrets, and what looks like a credential in a text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        # Longest first, so that a secret that holds another one goes whole.
        known = sorted({secret for secret in secrets if secret}, key=len, reverse=True)
        self._known = re.compile("|".join(re.escape(secret) for secret in known)) if known else None

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        for name, value in event.items():
            event[name] = HIDDEN if self._is_secret(name, value) else self._cleaned(value)
        return event

    @staticmethod
    def _is_secret(name: str, value: object) -> bool:
        return value is not None and name not in _PLAIN_NAMES and _SECRET_NAMES.search(name) is not None

    def _cleaned(self, value: Any) -> Any:
        match value:
            case str():
                return self._cleaned_text(value)
            case Mapping():
                return {
                    key: HIDDEN if self._is_secret(str(key), inner) else self._cleaned(inner)
                    for key, inner in value.items()
                }
            case list() | tuple():
                return [self._cleaned(inner) for inner in value]
            case BaseException():
                return self._cleaned_text(f"{type(value).__name__}: {value}")
            case _:
                return value

    def _cleaned_text(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(HIDDEN, text)
        text = _BEARER.sub(rf"\1 {HIDDEN}", text)
        text = _USERINFO.sub(f"{HIDDEN}@", text)
        return _PARAMETER.sub(rf"\1={HIDDEN}", text)
