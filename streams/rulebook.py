"""What one configuration lets Intake decide: whose accounts are whose, how grave a monitor is, what was promised."""

from collections.abc import Mapping, Sequence

from streams.config import IntakeConfig, Monitor
from streams.events import Match
from streams.sla.terms import Terms, terms_by_policy


class Rulebook:
    """One configuration, ready to be asked. It reads no text: that is `streams.judging.Judge`, which takes far more."""

    def __init__(self, config: IntakeConfig) -> None:
        """Compile.

        Raises:
            streams.sla.errors.SlaError: a policy or calendar is wrong.
        """
        self.config = config
        self.policies = config.sla.policies if config.sla else ()
        self.terms: Mapping[str, Terms] = terms_by_policy(config.sla) if config.sla else {}
        self._monitor_of = {(monitor.brand, monitor.id): monitor for monitor in config.monitors}
        self._brand_of = {(account.platform, account.id): account.brand for account in config.accounts}

    def brand_of(self, platform: str, account: str | None) -> str | None:
        """The brand that one of our accounts belongs to."""
        return self._brand_of.get((platform, account or ""))

    def gravest(self, matches: Sequence[Match]) -> Monitor | None:
        """The monitor with the gravest severity among those that an item's own words fit.

        What stands under a grave post is not grave by itself.
        """
        gravest: Monitor | None = None
        for match in matches:
            if match.via == "text":
                monitor = self._monitor_of.get((match.brand, match.monitor))
                # "P0" < "P1": the names of severities are in order.
                if monitor is not None and (gravest is None or monitor.severity < gravest.severity):
                    gravest = monitor
        return gravest
