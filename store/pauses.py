"""Which providers are paused, so that every process and every person can see it."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session, select

from core.people import WORDS
from store import bulk
from store.alerts import tell_staff
from store.tables import ProviderPause


def pause_provider(session: Session, channel: str, reason: str, now: datetime) -> None:
    """Notes that a provider is paused and tells staff once for each pause, on whatever channels still work."""
    if session.get(ProviderPause, channel) is not None:
        return
    session.add(ProviderPause(channel=channel, since=now, reason=reason))
    session.flush()
    words = WORDS.get(channel, f"messages on {channel}")
    tell_staff(
        session,
        f"pause:{channel}:{now:%Y-%m-%dT%H:%M}",
        f"Our {words} are not going out",
        f"Our {words} are waiting, because the service that carries them does not work: {reason}. Nothing is lost. "
        "It is tried again each minute. If this lasts, ask whoever looks after Ringround to run: ringround doctor.",
        now,
    )


def provider_works(session: Session, channel: str) -> None:
    """Notes that a provider works again."""
    if pause := session.get(ProviderPause, channel):
        session.delete(pause)


def forget_pauses(session: Session) -> None:
    """Takes every provider to be well, as a dispatcher does that begins."""
    bulk.change(session, "DELETE FROM provider_pause")


def paused_providers(session: Session) -> dict[str, str]:
    """Returns why each paused provider is paused, by channel."""
    return {pause.channel: pause.reason for pause in session.exec(select(ProviderPause)).all()}
