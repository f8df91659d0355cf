"""What a door is handed: the parts of the house that it works with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from actions.leaving import Surroundings
from channels.base import Channel
from config.catalogues import Catalogues
from config.settings import Settings
from core.clock import Clock
from core.links import Links
from core.speech import Speech
from core.strategy import Strategy
from store.database import Database


@dataclass(frozen=True, slots=True)
class Desk:
    """Everything that the chat and the web door work with; made once by whoever starts them.

    `secret` signs links and hashes tokens. `catalogues` hold the fixed phrases of every language. `door` is where the
    pages are open, empty before they are.
    """

    database: Database
    clock: Clock
    settings: Settings
    strategy: Strategy
    channels: Mapping[str, Channel]
    secret: bytes
    catalogues: Catalogues
    door: str = ""

    def around(self) -> Surroundings:
        """Gives what the actions are handed, with the present moment."""
        now = self.clock.now()
        return Surroundings(
            self.settings, self.channels, now, self.strategy, self.catalogues, self.secret, door=self.door
        )

    def links(self) -> Links | None:
        """Gives what signs links, or None where there is no public address to lead to."""
        public = self.settings.public_url
        return Links(public, self.secret) if public else None

    def speech(self, language: str = "") -> Speech:
        """Gives what speaks a person's language; an empty one is the group's own."""
        return self.catalogues.speech(language or self.settings.language)
