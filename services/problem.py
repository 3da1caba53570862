"""An error as every program gets it, from the inlets and from the desk alike (RFC 9457, with two fields of ours)."""

import msgspec

MEDIA_TYPE = "application/problem+json"


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened, what is still safe, what to do. Never a bare code."""

    title: str
    status: int
    detail: str = ""
    safe: str = ""
    do: str = ""
