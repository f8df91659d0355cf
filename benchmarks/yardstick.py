"""The yardstick: ready-made bytes through `aiosmtplib.sendmail` over 8 connections on uvloop, nothing durable.

usage: python -m benchmarks.yardstick N PORT
"""

from __future__ import annotations

import asyncio
import sys

import aiosmtplib
import uvloop

from benchmarks import letter

CONNECTIONS = 8


async def main(count: int, port: int) -> None:
    """Sends `count` messages to the sink at `port`."""
    ready = [letter.ready(i) for i in range(count)]
    numbers = iter(range(count))

    async def send() -> None:
        client = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, local_hostname="bench.example.org")
        await client.connect()
        clients.append(client)
        await begin.wait()
        for i in numbers:
            await client.sendmail(letter.SENDER, [letter.address(i)], ready[i])
        await client.quit()

    clients: list[aiosmtplib.SMTP] = []
    begin = asyncio.Event()
    senders = [asyncio.create_task(send()) for _ in range(CONNECTIONS)]
    while len(clients) < CONNECTIONS:  # noqa: ASYNC110  they are made once
        await asyncio.sleep(0.01)
    print("BEGIN", flush=True)
    begin.set()
    await asyncio.gather(*senders)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
