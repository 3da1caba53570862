"""Errors of the web desk: one base, each docstring is its message."""


class WebError(Exception):
    """The request cannot be answered as it was asked."""


class SignInNeeded(WebError):
    """Nobody is signed in."""


class NotFromHere(WebError):
    """The form did not come from a page of this desk."""


class Missing(WebError):
    """There is no such thing here."""


class BadQuestion(WebError):
    """A parameter is not what was expected; the message names it."""


class Refused(WebError):
    """The desk refused what was asked; the message says why, `detail` what is to be mended, where that is known."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.detail = detail


class NotPosted(WebError):
    """A connector did not post a reply; the message says why."""


class AccessError(Exception):
    """Signing in failed."""


class TooManyTries(AccessError):
    """Too many wrong passwords; wait a minute."""
