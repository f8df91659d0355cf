"""Who is behind an address: the names on the page of phones and inboxes."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Participant:
    """A person with the addresses by which the world knows them: pairs of channel and address."""

    name: str
    addresses: list[tuple[str, str]] = field(default_factory=list)


class Participants:
    """Everybody who has been introduced, found by channel and address.

    Two people may share an address; what arrives there is shown to both.
    """

    def __init__(self) -> None:
        self._people: list[Participant] = []
        self._by_address: dict[tuple[str, str], list[Participant]] = {}

    def introduce(self, name: str, **addresses: str | int | None) -> Participant:
        """Names the person behind `email`, `sms` and `telegram` addresses."""
        person = Participant(name)
        self._people.append(person)
        for channel, address in addresses.items():
            if address is not None and address != "":
                key = (channel, _same(str(address)))
                person.addresses.append(key)
                self._by_address.setdefault(key, []).append(person)
        return person

    def behind(self, channel: str, address: str, name: str | None = None) -> list[Participant]:
        """Gives the people behind an address; somebody unknown is introduced by `name` or the address itself."""
        key = (channel, _same(address))
        if key not in self._by_address:
            self.introduce(name or address, **{channel: address})
        return self._by_address[key]

    def all(self) -> list[Participant]:
        """Lists everybody in the order of their introduction."""
        return list(self._people)


def _same(address: str) -> str:
    return address.strip().lower().replace(" ", "")
