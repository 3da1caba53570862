"""A rehearsal: everything that loads at first use is loaded before the first alert needs it.

The automaton of the monitors, the scorer and the tables of words take 0.1 to 0.4 s. An item that never happened is judged,
and goes through both deciders on journals that are thrown away; nothing of it is kept.
"""

from collections.abc import Sequence
from datetime import datetime

from services.gateway.arrivals import to_arrivals
from services.gateway.records import read_record
from services.vault import ClearVault
from streams import ids
from streams.arrivals import Arrival, IntakeArrival, Judged, Judgement
from streams.commands import ActivateConfig
from streams.config import IntakeConfig
from streams.run.embedded import forwarded
from streams.run.loop import AnyPartition
from streams.text.sentiment import Sentiment

REHEARSED = "这家店的服务态度太差了，等了半个小时没有人理，希望尽快处理"
NOBODY = "rehearsal"


def rehearsed(config: IntakeConfig, now: datetime) -> Sequence[IntakeArrival]:
    """A comment to one of our accounts, since those are looked at most closely; without accounts, a post."""
    record = {"time": now.isoformat(), "platform": "web", "kind": "post", "id": "1", "text": REHEARSED}
    for account in config.accounts[:1]:
        record |= {"platform": account.platform, "account": account.id, "kind": "comment", "post_id": "1"}
    read = read_record(record | {"author_id": NOBODY})
    return to_arrivals([read], source=NOBODY, recorded_at=now, sealer=ClearVault(), accounts=())


def rehearse(
    intake: AnyPartition, desk: AnyPartition, config_hash: str, config: IntakeConfig, now: datetime
) -> None:
    """Take one item, judged beforehand, through `intake` and `desk`, whose journals must be in memory."""
    activate = ActivateConfig(id=ids.derived(NOBODY), who=NOBODY, config=config_hash)
    intake.take([activate], now)
    desk.take([activate], now)
    verdict = Judgement(sentiment=Sentiment("negative", 0.9, 0.1, 0.0))
    judged = [
        Judged(fact=one.fact, judgement=verdict) for one in rehearsed(config, now) if isinstance(one, Arrival)
    ]
    handed_on = forwarded(entry) if (entry := intake.take(judged, now).entry) else None
    if handed_on is not None:
        desk.take(handed_on.happenings, now)
