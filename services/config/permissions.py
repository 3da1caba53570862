"""`permissions` and `maintenance`: who may ask for what, and when alarms are held back again and again."""

from collections.abc import Iterable

from alerting.config import Hours, Maintenance, Permission
from alerting.levels import LEVELS, Level
from alerting.permissions import ADMIN, ANYONE, COMMANDS, ROLES
from services.config import texts
from services.config.people import read_hours, read_weekday
from services.config.readers import attempted, choice, ident, many, one_or_many, reference
from services.config.values import Table, Value

MOST_LINES = 500


def read_permissions(root: Table, roles: Iterable[str]) -> tuple[Permission, ...]:
    """Lines of the table, read top down before those built in. `roles` are those that people have."""
    known = tuple(dict.fromkeys((ANYONE, ADMIN, *ROLES, *roles)))

    def read(value: Value) -> tuple[Permission, ...]:
        found = (attempted(item, line) for item in value.items(most=MOST_LINES))
        return tuple(each for kept in found for each in kept)

    def line(value: Value) -> Permission:
        with value.table() as table:
            return Permission(
                command=table.required("command", choice(COMMANDS), "", texts.A_COMMAND),
                levels=table.optional("level", one_or_many(_level), ()),
                roles=table.required("roles", one_or_many(reference(known)), (), texts.A_LIST),
            )

    return root.optional("permissions", read, ())


def _level(value: Value) -> Level:
    return choice(LEVELS)(value)


def read_maintenance(table: Table, rules: Iterable[str]) -> tuple[Maintenance, ...]:
    """The windows of a brand, in its zone."""
    known = reference(rules)

    def window(value: Value) -> Maintenance:
        with value.table() as inner:
            return Maintenance(
                hours=inner.required("hours", read_hours, Hours(0, 1), texts.HOURS),
                weekdays=inner.optional("days", one_or_many(read_weekday), ()),
                rules=inner.optional("rules", one_or_many(known), ()),
                categories=inner.optional("categories", one_or_many(ident), ()),
            )

    return table.optional("maintenance", many(window), ())
