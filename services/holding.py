"""Which configuration holds in a house on Kafka: a node's own, until the desk's journal names another.

Nodes are restarted one after the other when the configuration changes. Those whose turn has not come yet know the people, duties
and rules that the deciders go by; what their gateway judges by, and the secrets of new contacts, come with the restart.
"""

from collections.abc import Mapping
from typing import Any

import structlog

from alerting.desk_state import DeskState
from services.config.model import Decisions
from streams.errors import StreamsError
from streams.events import ConfigActivated
from streams.journal import Entry, decider_of
from streams.run.embedded import DESK


class Holding:
    """May be told from several threads."""

    def __init__(self, own: str, decisions: Decisions, configs: Mapping[str, Decisions]) -> None:
        """`own` is the hash of the node's configuration, `configs` are all that ever held."""
        self._held = self._wanted = own
        self._configs = configs
        self._log = structlog.get_logger("fenghuo.holding")
        self.decisions = decisions
        """By what the house goes."""

    def begin(self, state: DeskState) -> None:
        """How the desk stands before the first entry is heard."""
        self._wanted = state.config or self._wanted
        self._settle()

    def listen(self, partition: str, entry: Entry[Any]) -> None:
        """Take note of an entry; a configuration that cannot be read now is looked for with the next one."""
        if decider_of(partition) == DESK:
            for event in entry.events:
                if isinstance(event, ConfigActivated):
                    self._wanted = event.config
            self._settle()

    def _settle(self) -> None:
        if self._wanted == self._held:
            return
        try:
            self.decisions = self._configs[self._wanted]
        except StreamsError as error:
            self._log.warning("the configuration that holds cannot be read yet", reason=str(error))
        else:
            self._held = self._wanted
            self._log.warning("another configuration holds: restart this node with it", config=self._held)
