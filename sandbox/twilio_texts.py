"""Text messages as Twilio keeps them: one Message resource each, listed newest first."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.record import now
from sandbox.segments import segments

API_VERSION = "2010-04-01"


@dataclass(slots=True, eq=False)
class Text:
    """One Message resource (fields as in Twilio's OpenAPI document, schema api.v2010.account.message)."""

    account_sid: str
    to: str
    sender: str | None
    body: str
    direction: str
    status: str
    messaging_service_sid: str | None = None
    callback: str | None = None
    sid: str = field(default_factory=lambda: "SM" + secrets.token_hex(16))
    created: datetime = field(default_factory=now)
    sent: datetime | None = None
    updated: datetime | None = None
    error_code: int | None = None

    def advance(self, status: str, error_code: int | None = None) -> None:
        """Moves the message to its next status."""
        self.status = status
        self.error_code = error_code
        self.updated = now()
        if status in ("sent", "delivered", "undelivered", "received") and self.sent is None:
            self.sent = self.updated

    def as_json(self) -> dict[str, Any]:
        """Gives the resource as the API shows it."""
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/Messages/{self.sid}"
        return {
            "account_sid": self.account_sid,
            "api_version": API_VERSION,
            "body": self.body,
            "date_created": format_datetime(self.created),
            "date_sent": format_datetime(self.sent) if self.sent else None,
            "date_updated": format_datetime(self.updated or self.created),
            "direction": self.direction,
            "error_code": self.error_code,
            "error_message": None,
            "from": self.sender,
            "messaging_service_sid": self.messaging_service_sid,
            "num_media": "0",
            "num_segments": str(segments(self.body)),
            "price": None,
            "price_unit": "USD",
            "sid": self.sid,
            "status": self.status,
            "subresource_uris": {"media": f"{uri}/Media.json"},
            "to": self.to,
            "uri": f"{uri}.json",
        }


class Texts:
    """All messages of the account."""

    def __init__(self) -> None:
        self._by_sid: dict[str, Text] = {}
        self._by_to: dict[str, list[Text]] = {}

    def add(self, text: Text) -> None:
        """Keeps a message."""
        self._by_sid[text.sid] = text
        self._by_to.setdefault(text.to, []).append(text)

    def get(self, sid: str) -> Text | None:
        """Gives the message with this sid."""
        return self._by_sid.get(sid)

    def remove(self, text: Text) -> None:
        """Deletes a message."""
        del self._by_sid[text.sid]
        self._by_to[text.to].remove(text)

    def page(self, query: dict[str, str], account_sid: str) -> dict[str, Any]:
        """Gives one page of the list; `query` holds To, From, DateSent, DateSent<, DateSent>, PageSize and Page.

        ValueError if a number or a date cannot be read.
        """
        size = min(max(int(query.get("PageSize", 50)), 1), 1000)
        number = max(int(query.get("Page", 0)), 0)
        matching = list(self._matching(query))
        shown = matching[number * size : (number + 1) * size]
        more = len(matching) > (number + 1) * size
        filters = {key: value for key, value in query.items() if key not in ("Page", "PageToken", "PageSize")}

        def uri(page: int, token: str = "") -> str:
            rest = {**filters, "PageSize": size, "Page": page, **({"PageToken": token} if token else {})}
            return f"/{API_VERSION}/Accounts/{account_sid}/Messages.json?{urlencode(rest)}"

        return {
            "end": number * size + max(len(shown) - 1, 0),
            "first_page_uri": uri(0),
            "next_page_uri": uri(number + 1, "PA" + shown[-1].sid) if more else None,
            "page": number,
            "page_size": size,
            "previous_page_uri": uri(number - 1, "PB" + shown[0].sid) if number and shown else None,
            "messages": [text.as_json() for text in shown],
            "start": number * size,
            "uri": uri(number),
        }

    def _matching(self, query: dict[str, str]) -> Iterator[Text]:
        candidates = self._by_to.get(query["To"], []) if "To" in query else list(self._by_sid.values())
        on, before, after = (_moment(query.get(key)) for key in ("DateSent", "DateSent<", "DateSent>"))
        for text in reversed(candidates):
            if "From" in query and text.sender != query["From"]:
                continue
            if on and (text.sent is None or text.sent.date() != _day(on)):
                continue
            if before and (text.sent is None or _compare(text.sent, before) > 0):
                continue
            if after and (text.sent is None or _compare(text.sent, after) < 0):
                continue
            yield text


def _moment(value: str | None) -> date | datetime | None:
    """Reads `YYYY-MM-DD` or an ISO 8601 time."""
    if not value:
        return None
    if len(value) == 10:
        return date.fromisoformat(value)
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=now().tzinfo)


def _day(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _compare(sent: datetime, limit: date | datetime) -> int:
    """Gives -1, 0 or 1; a limit without a time of day is compared by day, one with it by the second."""
    left: date = sent.replace(microsecond=0) if isinstance(limit, datetime) else sent.date()
    right: date = limit.replace(microsecond=0) if isinstance(limit, datetime) else limit
    return (left > right) - (left < right)
