"""From what a client sent to what the house takes in: read, normalised, sealed, and judged where a judge is at hand.

Nothing here knows what came before: a batch can be prepared in any process that holds the vault's key.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from services.gateway.arrivals import OwnAccounts, to_arrivals
from services.gateway.cloudevents import read_event
from services.gateway.errors import FieldError
from services.gateway.receipts import Rejected
from services.gateway.records import Record, read_record
from services.rehearsal import rehearsed
from services.vault import Sealer, Vault
from streams.arrivals import IntakeArrival
from streams.config import IntakeConfig
from streams.judging import Judge
from streams.text.sentiment import load_scorer
from streams.text.topics import load_topics

Form = Literal["records", "cloudevents", "read"]
"""How entries are written; `read` are records that were read already, as `dump_record` gives them."""
dump_record = msgspec.json.Encoder().encode
READERS: dict[Form, Callable[[bytes], Record]] = {
    "records": read_record,
    "cloudevents": read_event,
    "read": msgspec.json.Decoder(Record).decode,
}


class Batch(msgspec.Struct, frozen=True, array_like=True):
    """Entries of one sender with their numbers, which errors name."""

    source: str
    form: Form
    numbers: list[int]
    entries: Sequence[bytes]


class Prepared(msgspec.Struct, frozen=True, array_like=True):
    """A batch: the entries that cannot be taken in, and the others in their order, each with its number."""

    wrong: tuple[Rejected, ...]
    numbers: Sequence[int]
    arrivals: Sequence[IntakeArrival]


class Preparer:
    """Prepares batches. `judge` judges what can be judged by its text; without one the house does that."""

    def __init__(
        self,
        *,
        sealer: Sealer,
        accounts: OwnAccounts,
        now: Callable[[], datetime],
        judge: Callable[[Sequence[IntakeArrival]], Sequence[IntakeArrival]] | None = None,
    ) -> None:
        self._sealer = sealer
        self._accounts = accounts
        self._now = now
        self._judge = judge

    def prepare(self, batch: Batch) -> Prepared:
        """Read, seal and judge.

        Raises:
            streams.errors.StoreUnavailable: the vault refuses to write; nothing was sealed.
        """
        read = READERS[batch.form]
        wrong: list[Rejected] = []
        numbers: list[int] = []
        records: list[Record] = []
        for number, entry in zip(batch.numbers, batch.entries, strict=True):
            try:
                records.append(read(entry))
            except FieldError as error:
                wrong.append(Rejected.of(number, error))
            else:
                numbers.append(number)
        return Prepared(tuple(wrong), numbers, self._arrivals(records, batch.source))

    def _arrivals(self, records: Sequence[Record], source: str) -> Sequence[IntakeArrival]:
        arrivals = to_arrivals(
            records, source=source, recorded_at=self._now(), sealer=self._sealer, accounts=self._accounts
        )
        return arrivals if self._judge is None else self._judge(arrivals)


def judging_preparer(config: IntakeConfig, vault: Vault, now: Callable[[], datetime]) -> Preparer:
    """One that judges, with everything loaded that loads at first use (0.1 to 0.4 s)."""
    judge = Judge(config, load_scorer(config.scorer), load_topics().amended_by(config.topics), vault.veil)
    judge.judge(rehearsed(config, now()))
    accounts = frozenset((account.platform, account.id) for account in config.accounts)
    return Preparer(sealer=vault, accounts=accounts, now=now, judge=judge.judge)
