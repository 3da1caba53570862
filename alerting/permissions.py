"""Who may ask for what: a table of roles, read top down, the first line that fits decides. Nobody else decides it.

Lines of the configuration come before those built in. A command that stands in no line is for `admin` alone.
"""

from alerting.config import DeskConfig, Permission, Person
from alerting.levels import Level

VIEWER = "viewer"
"""The one role that does not work here; a person without a role is a viewer as well."""
ADMIN = "admin"
"""May ask for everything, so that no table can lock everybody out."""
ANYONE = "anyone"
"""In a line: every role but `viewer`."""
ROLES = ("viewer", "support", "planner", "pr", "manager", "legal", "commander", "admin")
"""Those that the built-in table names; a configuration may have more, and they count as working roles."""
_LEADING = ("pr", "manager", "legal", "commander")

BUILT_IN: tuple[Permission, ...] = (
    *(
        Permission(command=command, levels=("orange", "red"), roles=_LEADING)
        for command in ("incident.close", "incident.ease", "incident.reopen", "incident.merge",
                        "playbook.skip_step")
    ),
    *(
        Permission(command=command, roles=_LEADING)
        for command in ("incident.assign_commander", "incident.split", "silence.start", "silence.end", "duty.override",
                        "duty.end_override", "probe.start", "sla.apply", "playbook.start", "playbook.add_step",
                        "playbook.retime_step", "playbook.reassign_step",
                        "content.release", "content.withdraw", "content.correct")
    ),
    Permission(command="content.review", roles=("planner", *_LEADING)),
    Permission(command="content.review_filling", roles=("legal",)),
    *(
        Permission(command=command, roles=(ANYONE,))
        for command in (
            "incident.open", "incident.acknowledge", "incident.raise", "incident.ease", "incident.close",
            "incident.reopen", "incident.merge", "incident.note", "playbook.finish_step", "playbook.skip_step",
            "conversation.mark", "conversation.claim", "conversation.release", "conversation.snooze",
            "conversation.wake", "reply.record", "customer.tag", "no_reply.review", "judgement.correct",
            "case.open", "case.assign", "case.link", "case.settle", "case.reopen",
            "duty.cover", "duty.swap", "duty.confirm", "duty.note", "shift.give", "shift.take",
            "content.draft", "content.submit", "content.fill", "content.post", "report.record",
        )
    ),
    *(Permission(command=command, roles=(ADMIN,)) for command in ("person.erase", "outbox.arm", "outbox.disarm")),
)  # fmt: skip
"""Who leads decides what orange and red come to, and changes a playbook at work; everybody who works here may do the rest."""


def may(config: DeskConfig, person: Person, command: str, level: Level | None = None) -> bool:
    """Whether `person` may ask for `command` about something of `level`."""
    roles = frozenset(person.roles)
    if ADMIN in roles:
        return True
    allowed = roles_for(config, command, level)
    return not roles.isdisjoint(allowed) or (ANYONE in allowed and bool(roles - {VIEWER}))


def roles_for(config: DeskConfig, command: str, level: Level | None = None) -> tuple[str, ...]:
    """The roles of the first line that fits."""
    lines = (
        line
        for line in (*config.permissions, *BUILT_IN)
        if line.command == command and (not line.levels or level in line.levels)
    )
    line = next(lines, None)
    return line.roles if line is not None else ()


COMMANDS: tuple[str, ...] = tuple(dict.fromkeys(line.command for line in BUILT_IN))
"""What a line of the configuration may be about."""


def barred(config: DeskConfig, command: str) -> tuple[str, ...]:
    """Ids of the people who may not ask for `command`, for the decider that does not know roles."""
    return tuple(person.id for person in config.people if not may(config, person, command))
