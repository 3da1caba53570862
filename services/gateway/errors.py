"""Errors of the gateway: one base, each docstring is its message."""

from typing import Literal

from services.errors import ServicesError

Code = Literal[
    "not_json",
    "not_utf8",
    "too_long",
    "missing",
    "wrong_type",
    "bad_time",
    "no_zone",
    "out_of_range",
    "bad_character",
    "unknown_value",
    "not_a_fact",
    "refused",
]
"""What was wrong, for machines: the `reason` of the metrics `fenghuo_rejected_total` and `fenghuo_dead_letters_total`."""


class GatewayError(ServicesError):
    """Something cannot be taken in."""


class FieldError(GatewayError):
    """One record or event cannot be taken in; `field` is empty where the fault is in the whole of it."""

    def __init__(self, field: str, reason: str, code: Code) -> None:
        super().__init__(f"{field}: {reason}" if field else reason)
        self.field = field
        self.reason = reason
        self.code: Code = code


class BodyError(GatewayError):
    """A whole body or file cannot be read."""


class DaemonRefused(GatewayError):
    """The running daemon did not take what was handed to it."""
