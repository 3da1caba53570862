"""The client of a running daemon: commands on this machine reach it through the socket in the data folder."""

import asyncio
from pathlib import Path
from types import TracebackType
from urllib.parse import quote, urlencode

import httpx
import msgspec

from services.applying import PATH as APPLY_PATH
from services.applying import Applied, Apply
from services.correcting import NO_ITEM, Correction, CorrectionRefused
from services.forgetting import PATH as FORGET_PATH
from services.forgetting import Forget, Forgotten
from services.gateway.address import SOCKET_NAME
from services.gateway.errors import DaemonRefused
from services.gateway.ingest import Lines
from services.gateway.receipts import LinesReceipt

TIMEOUT_S = 60.0
MOST_TRIES = 30
"""How often a chunk is handed over again while the daemon is busy, before we give up."""
LONGEST_WAIT_S = 10.0

_receipt_decoder = msgspec.json.Decoder(LinesReceipt)
_applied_decoder = msgspec.json.Decoder(Applied)
_forgotten_decoder = msgspec.json.Decoder(Forgotten)


class DaemonClient:
    """Takes lines in by the daemon that holds the folder. Use it as an async context manager."""

    def __init__(self, folder: Path) -> None:
        transport = httpx.AsyncHTTPTransport(uds=str(folder / SOCKET_NAME))
        self._http = httpx.AsyncClient(transport=transport, base_url="http://fenghuo", timeout=TIMEOUT_S)

    async def __aenter__(self) -> "DaemonClient":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def answers(self) -> bool:
        """Whether a daemon listens; a socket left behind by a crash does not answer."""
        try:
            await self._http.get("/healthz")
        except httpx.TransportError:
            return False
        return True

    async def take_lines(self, lines: Lines) -> LinesReceipt:
        """Hand lines over; waits as long as the daemon asks while it is busy.

        Raises:
            DaemonRefused: it does not take them.
        """
        body = msgspec.msgpack.encode(lines)
        for _ in range(MOST_TRIES):
            answer = await self._post("/v1/lines", body, "application/vnd.msgpack")
            if answer.status_code == httpx.codes.ACCEPTED:
                return _receipt_decoder.decode(answer.content)
            if answer.status_code not in (httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE):
                raise DaemonRefused(
                    f"the daemon does not take the lines ({answer.status_code}): {answer.text[:500]}"
                )
            await asyncio.sleep(min(float(answer.headers.get("retry-after", "1")), LONGEST_WAIT_S))
        raise DaemonRefused(f"the daemon was busy {MOST_TRIES} times; what it took before stays recorded")

    async def forget(self, asked: Forget) -> Forgotten:
        """Have a person forgotten.

        Raises:
            DaemonRefused: it is not complete; repeat it.
        """
        answer = await self._post(FORGET_PATH, msgspec.json.encode(asked), "application/json")
        if answer.status_code == httpx.codes.OK:
            return _forgotten_decoder.decode(answer.content)
        raise DaemonRefused(f"the daemon has not forgotten ({answer.status_code}): {answer.text[:500]}")

    async def correct(self, correction: Correction) -> None:
        """Have an item's label or topic corrected.

        Raises:
            CorrectionRefused: there is no such item or topic.
            DaemonRefused: it could not be recorded.
        """
        said = {name: word for name, word in msgspec.structs.asdict(correction).items() if word}
        answer = await self._post(
            f"/api/items/{quote(correction.item, safe='')}/correct",
            urlencode(said).encode(),
            "application/x-www-form-urlencoded",
        )
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise CorrectionRefused(NO_ITEM)
        if answer.status_code == httpx.codes.CONFLICT:
            raise CorrectionRefused(answer.json()["detail"])
        if answer.status_code != httpx.codes.OK:
            raise DaemonRefused(f"not corrected ({answer.status_code}): {answer.text[:500]}")

    async def apply(self, asked: Apply) -> Applied:
        """Have running clocks follow a configuration.

        Raises:
            DaemonRefused: it is not complete; look at what would move once more, and repeat it.
        """
        answer = await self._post(APPLY_PATH, msgspec.json.encode(asked), "application/json")
        if answer.status_code == httpx.codes.OK:
            return _applied_decoder.decode(answer.content)
        raise DaemonRefused(f"the daemon has not applied it ({answer.status_code}): {answer.text[:500]}")

    async def _post(self, path: str, body: bytes, media_type: str) -> httpx.Response:
        try:
            return await self._http.post(path, content=body, headers={"content-type": media_type})
        except httpx.TransportError as error:
            raise DaemonRefused(
                f"the daemon does not answer any more: {error!r}; what it took before stays recorded"
            ) from error
