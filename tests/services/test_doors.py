import asyncio
import socket

from services.doors import listening


async def test_an_answer_never_waits_for_the_clients_acknowledgement() -> None:
    """Nagle's delay costs 40 ms on every answer in two parts; asyncio turns it off for what is named as TCP alone."""
    undelayed = asyncio.get_running_loop().create_future()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        line = writer.get_extra_info("socket")
        undelayed.set_result(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    with listening("127.0.0.1", 0) as door:
        server = await asyncio.start_server(answer, sock=door)
        _, writer = await asyncio.open_connection(*door.getsockname())
        writer.write(b"hello\n")
        assert await undelayed == 1
        writer.close()
        server.close()
