"""What can be wrong with a calendar, a policy, a duration or a holiday list: where, what, and what was expected."""

from streams.errors import StreamsError


class SlaError(StreamsError):
    """{field}: found {found}, expected {expected}."""

    def __init__(self, field: str, found: object, expected: str) -> None:
        self.field = field
        self.found = found
        self.expected = expected
        super().__init__(f"{field}: found {found!r}, expected {expected}")


class CalendarError(SlaError):
    """A calendar that cannot be read, or an instant that lies outside of what a calendar counts."""


class HolidayError(SlaError):
    """A list of public holidays that cannot be read."""


class PolicyError(SlaError):
    """A policy that names what does not exist or sets an impossible target."""


class DurationError(SlaError):
    """A length of time that is not written as `90s`, `30m`, `2h` or `1d`."""
