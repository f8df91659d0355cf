"""What the doctor looks at: each finding says whether it is well, and if not how to mend it."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import RingroundError

if TYPE_CHECKING:
    from channels.base import Channel
    from cli.service import Foundation, House
    from config.settings import Settings
    from core.strategy import Strategy

LEAST_ROOM = 500 * 1024 * 1024
"""Bytes; with less, a backup may not find room."""

OLDEST_BACKUP = timedelta(days=2)
MOST_DRIFT = timedelta(seconds=60)
CHECK_WITHIN = 20.0
"""Seconds each provider has."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `well` is False only where something is wrong; a remark is well."""

    about: str
    well: bool
    says: str
    mend: str = ""


def of_settings(settings: Settings, environ: Mapping[str, str]) -> Iterator[Finding]:
    """Looks at the settings: names that mean nothing, who is speaking, permissions."""
    from config.settings import FILE, unknown

    if names := unknown(environ):
        yield Finding("settings", False, f"No such setting: {', '.join(names)}", "See docs/reference/settings.md.")
    else:
        yield Finding("settings", True, "All of them are understood")
    try:
        settings.speaker.check()
    except RingroundError as error:
        yield Finding("group", False, error.what, error.mend)
    else:
        yield Finding("group", True, f"{settings.group.name}; questions go to {settings.group.contact_name}")
    path = settings.data_dir / FILE
    if path.exists() and path.stat().st_mode & 0o077:
        yield Finding("settings file", False, "Others on this machine can read it", f"Run: chmod 600 {path}")


def of_strategy(rules: Strategy, settings: Settings) -> Iterator[Finding]:
    """Looks at the quiet hours that bind: the strategy's, which are those of the settings where it has no file."""
    quiet = rules.quiet
    hours = "none" if quiet.start == quiet.end else f"from {quiet.start:%H:%M} to {quiet.end:%H:%M}"
    yield Finding("quiet hours", True, f"{hours}, {settings.timezone}")


def of_folder(settings: Settings, base: Foundation) -> Iterator[Finding]:
    """Looks at the data folder: room, the clock against the file system's."""
    folder = settings.data_dir
    free = shutil.disk_usage(folder).free
    says = f"{free / 1024**3:,.1f} GB free in {folder}"
    yield Finding("disk", free >= LEAST_ROOM, says, "" if free >= LEAST_ROOM else "Make room on it.")
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        written = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
    drift = abs(base.clock.now() - written)
    yield Finding(
        "clock",
        drift <= MOST_DRIFT,
        f"{base.clock.now().astimezone(settings.zone):%A %d %B %Y, %H:%M} in {settings.timezone}",
        "" if drift <= MOST_DRIFT else "It differs from the disk's: have the system set its clock by the network.",
    )


def of_database(house: House) -> Iterator[Finding]:
    """Looks at the database: that it can be written to, and what it says of rehearsal, staff and pauses."""
    from actions.notices import is_rehearsal
    from actions.staff import listing
    from core.roles import TERMINAL
    from store.migrate import HEAD
    from store.overview import newest

    with house.database.writing(silently=True):
        pass
    yield Finding("database", True, f"version {HEAD}, can be written to")
    with house.database.reading() as session:
        rehearsal = is_rehearsal(session, house.settings)
        staff = listing(session, TERMINAL)
        last = newest(session)
        made = last.created_at if last else house.clock.now()
    if made > house.clock.now() + MOST_DRIFT:
        yield Finding("clock", False, "The last notice is from the future", "Have the system set its clock.")
    says = "a rehearsal: only staff are really sent to" if rehearsal else "live: messages go to everybody"
    yield Finding("this is", True, says, "When all is well: ringround golive" if rehearsal else "")
    if any(not one.suspended for one in staff):
        yield Finding("staff", True, f"{len(staff)} on the staff")
    else:
        yield Finding(
            "staff",
            True,
            "Nobody has a role, so nobody is told when something needs a person",
            "ringround staff add NAME --role coordinator --email ADDRESS",
        )


def of_service(house: House) -> Iterator[Finding]:
    """Looks whether the service runs, whom it has paused, and how old the newest backup is."""
    from store.overview import paused_providers

    free = house.lock.take()
    if free:
        house.lock.release()
    yield Finding("service", True, "not running" if free else "running", "Start it: ringround serve" if free else "")
    if not free:  # what a service that has ended wrote down says nothing about now
        with house.database.reading() as session:
            for channel, reason in paused_providers(session).items():
                yield Finding(channel, False, f"paused by the service: {reason}", "It is tried again each minute.")
    backups = sorted((house.settings.data_dir / "backups").glob("ringround-*.sqlite3"), key=_age)
    if not backups:
        yield Finding("backups", True, "none yet", "The service makes one each night; now: ringround backup FILE")
        return
    age = house.clock.now() - datetime.fromtimestamp(backups[-1].stat().st_mtime, UTC)
    late = age > OLDEST_BACKUP
    says = f"{len(backups)}, the newest {age.days} days old" if late else f"{len(backups)}, the newest is fresh"
    yield Finding("backups", not late, says, "Keep the service running, or: ringround backup FILE" if late else "")


def of_messages_in(house: House) -> Iterator[Finding]:
    """Looks how answers and receipts come in, and what was reported about messages that are none of ours."""
    from channels.sms import KEPT_WORDS
    from core.people import EMAIL, SMS
    from store.strays import unmatched

    settings = house.settings
    if EMAIL in house.channels and not settings.mailbox.on:
        mend = "Set RINGROUND_MAILBOX__HOST or __MAILDIR: see docs/how-to/messages-in.md."
        yield Finding("mailbox", True, "none is set, so answers by e-mail and bounces are not read", mend)
    if SMS in house.channels:
        how = f"are reported to {settings.public_url}" if settings.public_url else "are fetched each minute"
        yield Finding("texts", True, f"answers and receipts {how}")
        words = ", ".join(sorted(KEPT_WORDS))
        yield Finding("texts", True, f"Twilio itself answers {words}, and START, YES and UNSTOP after one of them")
    with house.database.reading() as session:
        strays = sum(one.count for one in unmatched(session, house.clock.now()))
    if strays:
        says = f"{strays} about messages that Ringround has not sent"
        mend = "Does something else send from the same number or address? The page of tasks lists them for 30 days."
        yield Finding("receipts", True, says, mend)


async def of_mailbox(house: House) -> list[Finding]:
    """Logs in at the mailbox where one is set."""
    from cli.fetching import box_of

    if not house.settings.mailbox.on:
        return []
    try:
        async with asyncio.timeout(CHECK_WITHIN):
            await box_of(house.settings.mailbox).check()
    except RingroundError as error:
        return [Finding("mailbox", False, error.what, error.mend)]
    except TimeoutError:
        return [Finding("mailbox", False, "The mail server does not answer", "Check its address, port and network.")]
    return [Finding("mailbox", True, "can be read")]


async def of_channels(house: House) -> list[Finding]:
    """Logs in at every provider, all at the same time."""
    return list(await asyncio.gather(*(_of_channel(name, one) for name, one in house.channels.items())))


async def _of_channel(name: str, channel: Channel) -> Finding:
    await channel.open()
    try:
        async with asyncio.timeout(CHECK_WITHIN):
            await channel.check()
    except RingroundError as error:
        return Finding(name, False, error.what, error.mend)
    except TimeoutError:
        return Finding(name, False, "The provider does not answer", "Check the address, the port and the network.")
    finally:
        await channel.close()
    return Finding(name, True, "on, and works")


def _age(path: Path) -> float:
    return path.stat().st_mtime
