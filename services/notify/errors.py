"""Errors of the outbox: one base, each docstring is its message."""

from services.errors import ServicesError


class NotifyError(ServicesError):
    """A page cannot be sent."""


class NoSuchContact(NotifyError):
    """The person, or that contact of the person, does not stand in the configuration any more."""


class AddressRefused(NotifyError, OSError):
    """The connection would go to an address that pages may not go to."""
