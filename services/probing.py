"""A test alarm through the running daemon: begun through its folder, watched until every page has an outcome."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path

import httpx
import msgspec

from services.errors import ServicesError, WrongUse
from services.gateway.address import daemon_of
from services.views.pages import ProbePage
from services.web.probe_api import Probe

LOOK_EVERY_S = 0.3

_decoder = msgspec.json.Decoder(Probe)


class ProbeRefused(ServicesError):
    """The daemon did not begin the test alarm."""


def probe(
    folder: Path, targets: Sequence[str], wait_s: float, monotonic_s: Callable[[], float]
) -> tuple[ProbePage, ...]:
    """Page people by a test alarm and wait for the outcomes, for at most `wait_s`.

    Raises:
        WrongUse: no daemon runs on the folder.
        ProbeRefused: the daemon refused it.
    """
    with closing(_client(folder)) as client:
        begun = _answer(client.post("/api/probes", data={"targets": ",".join(targets)}))
        until_s = monotonic_s() + wait_s
        pages = begun.pages
        while not all(page.outcome for page in pages) and monotonic_s() < until_s:
            time.sleep(LOOK_EVERY_S)
            pages = _answer(client.get(f"/api/probes/{begun.probe}")).pages
        return pages


def _client(folder: Path) -> httpx.Client:
    client = daemon_of(folder)
    if client is None:
        raise WrongUse(f"no daemon runs on {folder} (没有运行中的服务，请先 fenghuo run)")
    return client


def _answer(answer: httpx.Response) -> Probe:
    if answer.is_success:
        return _decoder.decode(answer.content)
    raise ProbeRefused(f"the test alarm was refused ({answer.status_code}): {_reason(answer)}")


def _reason(answer: httpx.Response) -> str:
    try:
        problem: Mapping[str, str] = msgspec.json.decode(answer.content, type=dict[str, str | int])
    except msgspec.DecodeError:
        return answer.text[:300]
    return str(problem.get("detail") or problem.get("title", ""))
