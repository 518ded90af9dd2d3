"""The sandbox's sockets: what they accept answers at once."""

import asyncio
import socket

from phoenix_re.sandbox.wire import HOST, bind


def test_accepted_connections_do_not_wait_for_the_clients_acknowledgement() -> None:
    told: list[int] = []

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            accepted = transport.get_extra_info("socket")
            told.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            transport.close()

    async def connect() -> None:
        async with await asyncio.get_running_loop().create_server(Protocol, sock=bind()) as server:
            reader, writer = await asyncio.open_connection(HOST, server.sockets[0].getsockname()[1])
            assert await reader.read() == b""
            writer.close()

    with asyncio.Runner(loop_factory=asyncio.new_event_loop) as runner:
        runner.run(connect())
    assert told == [1]
