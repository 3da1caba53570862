"""Where commands on this machine find a running daemon."""

from pathlib import Path

import httpx

SOCKET_NAME = "fenghuo.sock"
"""The socket in the data folder: the same application as on the port, for whoever may open the folder."""
TIMEOUT_S = 30.0


def daemon_of(folder: Path) -> httpx.Client | None:
    """A client of the daemon that runs on a data folder, to be closed; None if none answers."""
    socket = folder / SOCKET_NAME
    if not socket.exists():
        return None
    transport = httpx.HTTPTransport(uds=str(socket))
    client = httpx.Client(transport=transport, base_url="http://fenghuo", timeout=TIMEOUT_S)
    try:
        client.get("/healthz")
    except httpx.TransportError:
        client.close()
        return None
    return client
