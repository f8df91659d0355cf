"""Text messages through Twilio: the request, the answers and the callbacks (codes: `channels.twilio_codes`)."""

from __future__ import annotations

import json
import logging
import re
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from channels.base import Limits, Message, RawCallback, Rendered, Surroundings, described
from channels.twilio_codes import (
    AWAY,
    BARE,
    CODES,
    NAME,
    NO_ANSWER,
    NOT_TAKEN,
    STATUSES,
    Meaning,
    later,
    later_status,
    refused,
)
from core.content import Content
from core.errors import ConfigError, OperatorError, UserError
from core.forms import SmsForm, sms_form
from core.links import Links
from core.notices import Attachment
from core.receipts import Inbound, Outcome, Receipt

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aiohttp import ClientSession
    from twilio.rest import Client
    from twilio.rest.api.v2010.account.message import MessageInstance

    from config.settings import SmsSettings

KEPT_WORDS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
"""What stops our number at Twilio, which says so by itself, when it is the whole of a text."""

_HOST = "https://api.twilio.com"  # what the SDK makes every address with
_FORMS = 16  # notices on their way at the same time
_AT_ONCE = 16
_RECENT = 50  # messages to one number that are looked at to find one again
_PAGE = 100
_CLOCKS_DIFFER = timedelta(seconds=5)

_SID = re.compile(r"(SM|MM)[0-9a-f]{32}")
_NUMBER = re.compile(r"\+?[0-9]+")


class _NotTaken(Exception):
    """An answer of Twilio's that says no."""

    def __init__(self, status: int, code: int | None, retry_after: timedelta | None) -> None:
        super().__init__(status, code)
        self.status = status
        self.code = code
        self.retry_after = retry_after

    @property
    def meaning(self) -> Meaning:
        if self.status >= 500:
            return NO_ANSWER
        code = self.code if self.code in CODES else BARE.get(self.status)
        return CODES[code] if code else NOT_TAKEN


class Sms:
    """The channel for text messages.

    `patience` is how long, in seconds, an answer may take; a connection alone may take a third of it.
    """

    name = NAME
    proves = True

    def __init__(self, surroundings: Surroundings, *, patience: float = 30.0) -> None:
        settings = surroundings.settings
        self._settings = settings.sms
        self._public_url = settings.public_url
        self._group = surroundings.group
        self._speech = surroundings.catalogues.speech
        with_links = settings.public_url and settings.sms.links
        self._links = Links(settings.public_url, surroundings.secret) if with_links else None
        self._patience = patience
        self._session: ClientSession | None = None
        self._client: Client | None = None
        self._form = lru_cache(_FORMS)(self._make_form)
        self._hears = bool(_NUMBER.fullmatch(self._settings.from_))  # a name in letters can't be answered
        self.limits = Limits(
            rate=self._settings.rate,
            concurrency=_AT_ONCE,
            lease=timedelta(seconds=90),
            doubt=settings.unknown_wait,
        )
        if not self._settings.from_:
            raise ConfigError(
                "There is no number for texts to come from",
                where="RINGROUND_SMS__FROM",
                mend="Set it to the number that you have at Twilio, such as +447700900000.",
            )

    async def open(self) -> None:
        """Loads Twilio's library; connections are made as they are needed."""
        self._twilio()

    async def close(self) -> None:
        """Lets go of the connections."""
        if self._session is not None:
            await self._session.close()
        self._session = self._client = None

    async def send(self, message: Message) -> Receipt:
        """Sends one text (see `channels.twilio_codes` for what becomes of it)."""
        try:
            body = self._body(message)
        except UserError as error:
            return refused(error.what).receipt("words")
        more = {}
        if self._public_url:
            more["status_callback"] = self._callback(message)
        try:
            sent = await self._twilio().messages.create_async(
                to=message.address, from_=self._settings.from_, body=body, **more
            )
            if not _SID.fullmatch(sent.sid or ""):
                return NO_ANSWER.receipt("no sid")
        except _NotTaken as answer:
            return _read_refusal(answer)
        except Exception as error:  # noqa: BLE001 - a provider's fault is an answer, not an error of ours
            return (AWAY if _never_left(error) else NO_ANSWER).receipt("no answer")
        return Receipt(Outcome.ACCEPTED, NAME, str(sent.status), ref=sent.sid)

    def render(self, message: Message) -> Rendered:
        """Shows the text; raises UserError for words that can't be sent."""
        return Rendered("", self._body(message))

    def read(self, raw: RawCallback) -> list[Receipt | Inbound]:
        """Understands a status callback or a text that somebody sent; one of an unknown status gives nothing.

        The caller has checked the signature already; raises ValueError where the form is not one of our account's.
        """
        form = raw.form
        sid = form.get("MessageSid", "")
        if form.get("AccountSid") != self._settings.account_sid or not _SID.fullmatch(sid):
            raise ValueError("this is not about a message of our Twilio account")
        status = form.get("MessageStatus") or form.get("SmsStatus", "")
        if status == "received":
            text = form.get("Body", "")
            return [Inbound(NAME, form.get("From", ""), text, ref=sid, confirmed=_answered(form, text))]
        if status not in STATUSES:
            return []
        attempt = raw.query.get("a", "")
        return [
            later_status(
                status,
                form.get("ErrorCode", ""),
                ref=sid,
                delivery=raw.query.get("d") or None,
                attempt=int(attempt) if attempt.isdecimal() else None,
            )
        ]

    async def find(self, message: Message, since: datetime) -> Receipt | None:
        """Looks through the newest texts to the number for one with these words, not older than `since`.

        Gives None where there are several. Raises OperatorError where Twilio does not answer.
        """
        body = self._body(message).strip()
        try:
            # Without a date: a text that waits in the queue has none, and would be left out.
            listed = await self._twilio().messages.list_async(
                to=message.address, from_=self._settings.from_, limit=_RECENT
            )
        except Exception:  # noqa: BLE001 - whatever went wrong, nobody knows more than before
            raise OperatorError("Twilio can't be asked just now what became of a text") from None
        oldest = since.astimezone(UTC) - _CLOCKS_DIFFER
        # A trial account puts a sentence of Twilio's before the words.
        found = [
            one
            for one in listed
            if (one.body or "").strip().endswith(body) and one.date_created and one.date_created >= oldest
        ]
        if not found:
            return later("Twilio has no such text.").receipt("absent")
        if len(found) > 1 or str(found[0].status) not in STATUSES:
            return None
        return later_status(str(found[0].status), str(found[0].error_code or ""), ref=found[0].sid)

    async def fetch(self, since: datetime) -> list[Receipt | Inbound]:
        """Gives what came in and what became of our texts since a moment, from Twilio's list.

        This takes the place of callbacks where there is no public address. Raises OperatorError where Twilio does not
        answer. Listed by https://www.twilio.com/docs/messaging/api/message-resource#read-multiple-message-resources.
        """
        ours = self._settings.from_
        try:
            came = await self._newest(since, to=ours) if self._hears else []
            left = await self._newest(since, from_=ours)
        except Exception:  # noqa: BLE001 - whatever went wrong, the next look asks again
            raise OperatorError("Twilio can't be asked just now what came in") from None
        heard: list[Receipt | Inbound] = [
            Inbound(NAME, one.from_ or "", text, ref=one.sid or "", at=one.date_sent, confirmed=_answered({}, text))
            for one, text in ((one, one.body or "") for one in reversed(came))
            if str(one.direction) == "inbound"
        ]
        return heard + [
            later_status(str(one.status), str(one.error_code or ""), ref=one.sid)
            for one in reversed(left)
            if str(one.direction) == "outbound-api" and str(one.status) in STATUSES
        ]

    async def _newest(self, since: datetime, **which: Any) -> list[MessageInstance]:
        """Lists texts, the newest first. Not by date: one that failed was never sent, and has none to be listed by."""
        found = []
        async for one in await self._twilio().messages.stream_async(**which, page_size=_PAGE):
            if one.date_created and one.date_created < since.astimezone(UTC) - _CLOCKS_DIFFER:
                break
            found.append(one)
        return found

    async def check(self) -> None:
        """Logs in and looks for our number in the account; raises ConfigError."""
        sender = self._settings.from_
        where = "the settings for texts"
        try:
            account = await self._twilio().api.v2010.accounts(self._settings.account_sid).fetch_async()
            numbers = await self._twilio().incoming_phone_numbers.list_async(phone_number=sender, limit=1)
        except _NotTaken as answer:
            raise ConfigError(answer.meaning.reason, where=where, mend=_mend(answer)) from None
        except Exception:  # noqa: BLE001 - whatever it is, it is told in plain words
            mend = "Check RINGROUND_SMS__BASE_URL, and that this machine is on the Internet."
            raise ConfigError(AWAY.reason, where=where, mend=mend) from None
        if str(account.status) != "active":
            raise ConfigError(CODES[30002].reason, where=where, mend="Look at the account's page at Twilio.")
        if sender.startswith("+") and not numbers:
            mend = "Set RINGROUND_SMS__FROM to a number of that account."
            raise ConfigError(CODES[21606].reason, where=where, mend=mend)

    def _make_form(self, content: Content, asks: bool, attachment: Attachment | None) -> SmsForm:
        return sms_form(
            content,
            self._group,
            self._speech(content.language),
            stop_word=self._hears,
            listening=self._hears,
            links=self._settings.links,
            asks=asks,
            own_page=asks and self._links is not None,
            attachment=attachment,
        )

    def _body(self, message: Message) -> str:
        fields = message.fields
        if self._links and message.asks:
            fields = {**fields, "_visit": self._links.visit(message.delivery)}
        return self._form(message.content, message.asks, described(message.attachment)).text.fill(fields)

    def _callback(self, message: Message) -> str:
        """Twilio signs this address with each report, so what it says about the attempt can be believed."""
        return f"{self._public_url}/callbacks/sms?{urlencode({'d': message.delivery, 'a': message.attempt})}"

    def _twilio(self) -> Client:
        if self._client is None:
            from aiohttp import ClientSession, ClientTimeout, TCPConnector

            self._session = ClientSession(
                connector=TCPConnector(limit=self.limits.concurrency),
                timeout=ClientTimeout(total=self._patience, connect=self._patience / 3),
            )
            self._client = _client(self._settings, self._session)
        return self._client


def signed_by_twilio(token: str, url: str, form: Mapping[str, str], signature: str) -> bool:
    """Tells whether Twilio, which alone shares `token` with us, has sent this form to this address.

    `url` is the configured public address with path and query as they came, never the Host header; `form` are all
    the fields (https://www.twilio.com/docs/usage/webhooks/webhooks-security).
    """
    from twilio.request_validator import RequestValidator

    validator = RequestValidator(token)  # type: ignore[no-untyped-call]  # the SDK has no types here
    return bool(validator.validate(url, dict(form), signature))  # type: ignore[no-untyped-call]  # the SDK has no types here


def _answered(form: Mapping[str, str], text: str) -> bool:
    """Tells whether Twilio has carried out a wish to stop or to start and answered it.

    It says so where Advanced Opt-Out is on; otherwise it keeps words for itself, as the whole of a text and in any
    case (https://help.twilio.com/articles/223134027). What takes somebody back in it answers only where it had let
    them out, which we can't see: then we answer, too. Its answer to HELP names nobody who helps, so that ours follows.
    """
    return form.get("OptOutType") in ("STOP", "START") or text.strip().upper() in KEPT_WORDS


def _read_refusal(answer: _NotTaken) -> Receipt:
    status = str(answer.code or f"http {answer.status}")
    asked = {"retry_after": answer.retry_after} if answer.retry_after else {}
    return answer.meaning.receipt(status, **asked)


def _mend(answer: _NotTaken) -> str:
    if answer.meaning.outcome is Outcome.BROKEN:
        return "Check RINGROUND_SMS__ACCOUNT_SID and RINGROUND_SMS__AUTH_TOKEN against the account's page at Twilio."
    return "Wait a while and try again."


def _never_left(error: Exception) -> bool:
    """Tells whether the connection was never made, so that nothing can have been sent."""
    from aiohttp import ClientConnectorError, ConnectionTimeoutError

    return isinstance(error, ClientConnectorError | ConnectionTimeoutError)


def _client(settings: SmsSettings, session: ClientSession) -> Client:
    """Makes Twilio's client on an HTTP client that knows another root, keeps time and logs nothing.

    Twilio's own one waits for ever, logs numbers and hides Retry-After; a class like this is the SDK's way to replace
    it (https://www.twilio.com/docs/libraries/reference/twilio-python). No request is ever repeated.
    """
    from twilio.http import AsyncHttpClient
    from twilio.http.response import Response
    from twilio.rest import Client

    account, token = settings.account_sid, settings.auth_token.get_secret_value()
    authorization = "Basic " + b64encode(f"{account}:{token}".encode()).decode()
    root = settings.base_url.rstrip("/")

    class Http(AsyncHttpClient):
        async def request(  # type: ignore[override]  # the SDK types it as synchronous
            self, method: str, uri: str, params: Any = None, data: Any = None, headers: Any = None, **_: Any
        ) -> Response:
            async with session.request(
                method,
                root + uri.removeprefix(_HOST),
                params=params,
                data=data,
                headers={**headers, "Authorization": authorization},
                allow_redirects=False,
            ) as response:
                text = await response.text()
            if response.status >= 400:
                raise _NotTaken(response.status, _code(text), _seconds(response.headers.get("Retry-After")))
            return Response(response.status, text, response.headers)

    http = Http(logging.getLogger(__name__), is_async=True)
    return Client(account, token, http_client=http)  # type: ignore[no-untyped-call]  # the SDK has no types here


def _code(text: str) -> int | None:
    try:
        code = json.loads(text)["code"]
    except (ValueError, KeyError, TypeError):
        return None
    return code if isinstance(code, int) else None


def _seconds(value: str | None) -> timedelta | None:
    """Reads Retry-After in seconds; the other form, a date, is not used by Twilio."""
    try:
        return timedelta(seconds=float(value)) if value else None
    except (ValueError, OverflowError):
        return None
