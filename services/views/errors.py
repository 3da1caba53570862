"""Errors of the views: one base, each docstring is its message."""


class ViewsError(Exception):
    """The read models cannot answer."""


class NotFollowing(ViewsError):
    """The entries do not continue what the views hold; follow the journal from the views' position."""


class BadCursor(ViewsError):
    """The cursor is not one that a page of this list gave away; begin again without one."""
