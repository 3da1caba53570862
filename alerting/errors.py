"""Errors of the desk: one base, each docstring is its message."""


class AlertingError(Exception):
    """Something at the desk cannot go on."""


class BlankError(AlertingError):
    """A blank of a content item was filled with what it does not allow."""

    def __init__(self, blank: str, found: str, expected: str) -> None:
        super().__init__(f"blank {blank!r}: found {found!r}, expected {expected}")
        self.blank = blank
        self.found = found
        self.expected = expected
