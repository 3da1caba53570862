"""What every conclusion of a decider has in common."""

from datetime import datetime

import msgspec

from streams import ids


class Decided(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type", gc=False):
    """Something a decider concluded."""

    cause: str
    """Id of the fact, command or event that led to it."""
    key: str
    """Partition key."""
    at: datetime
    """When it holds; for a timer its true due time, also when it is noticed later."""
    revision: int = 0
    """Tells a second conclusion of one kind from the first: a breach after a voided breach is another event."""

    @property
    def type(self) -> str:
        """The event's name, as in `item.judged`."""
        return str(type(self).__struct_config__.tag)

    @property
    def discriminator(self) -> str:
        """What tells events of one type and cause apart."""
        return str(self.revision)

    @property
    def id(self) -> str:
        """Derived from cause, type and discriminator; never random."""
        return ids.event_id(self.cause, self.type, self.discriminator)
