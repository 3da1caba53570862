"""Errors of the edges: one base, each docstring is its message."""


class ServicesError(Exception):
    """Something at the edges cannot go on."""


class ConfigurationUnusable(ServicesError):
    """The configuration cannot be used as it is."""


class HistoryTooLong(ServicesError):
    """More happened in that time than is read at once."""


class WrongUse(ServicesError):
    """The command was asked for what cannot be: a file that is not there, an option that does not fit."""
