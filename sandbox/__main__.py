"""Runs the world as a process of its own: `python -m sandbox`."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
from pathlib import Path

from sandbox.world import World


def arguments() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--log", type=Path, help="file that gets one line of JSON for each thing that happens")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="HTTP port (0: a free one)")
    parser.add_argument("--mail-port", type=int, default=0, help="SMTP port (0: a free one)")
    parser.add_argument("--all-chats", action="store_true", help="every Telegram id has started the bot")
    parser.add_argument("--limits", action="store_true", help="enforce Telegram's sending limits")
    parser.add_argument("--latency", type=float, default=0.0, metavar="S", help="seconds that each send takes")
    parser.add_argument("--no-fsync", action="store_true", help="do not wait for the disk before accepting")
    parser.add_argument("--no-strict", action="store_true", help="do not parse each e-mail in full (faster)")
    parser.add_argument("--keep", type=int, default=None, metavar="N", help="arrivals held in memory (all)")
    parser.add_argument("--json", action="store_true", help="print only the line of JSON")
    return parser.parse_args()


async def run(options: argparse.Namespace) -> None:
    """Runs the world until it is told to stop."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    world = World(
        fsync=not options.no_fsync,
        log=options.log,
        host=options.host,
        http_port=options.port,
        mail_port=options.mail_port,
        all_chats=options.all_chats,
        limits=options.limits,
        strict=not options.no_strict,
        latency=options.latency,
        keep=options.keep,
    )
    async with world:
        ready = {
            "page": world.page_url,
            "http": world.http_url,
            "mail": f"{world.mail_host}:{world.mail_port}",
            "twilio": world.twilio_url,
            "telegram": world.telegram_url,
            "log": str(options.log) if options.log else None,
            "settings": world.settings(),
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        if not options.json:
            sys.stderr.write(f"Everybody's phones and inboxes: {world.page_url}\n")
        await stop.wait()


if __name__ == "__main__":
    try:
        asyncio.run(run(arguments()))
    except OSError as error:
        sys.exit(f"The sandbox cannot start: {error.strerror or error}. Is the port taken? Try another --port.")
