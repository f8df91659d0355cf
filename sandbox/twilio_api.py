"""The Message resource of Twilio's API v2010, with its rules, opt-out words, callbacks and failures.

Paths and fields follow Twilio's OpenAPI document `twilio_api_v2010.json`; error codes stand in `sandbox.faults`.
"""

from __future__ import annotations

import base64
import re
import secrets
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from aiohttp import web

from sandbox.failures import TWILIO_CODES, How
from sandbox.faults import Fault, Faults
from sandbox.http_door import Provider, Refused, reply
from sandbox.record import Record, Request
from sandbox.twilio_callbacks import Callbacks
from sandbox.twilio_lives import Lives, parameters_of
from sandbox.twilio_texts import API_VERSION, Text, Texts

E164 = re.compile(r"\+[1-9]\d{6,14}\Z")
ALPHANUMERIC = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 +\-_&]{1,11}\Z")
SERVICE_SID = re.compile(r"MG[0-9a-fA-F]{32}\Z")
HOST = re.compile(r"[A-Za-z0-9.\-\[\]:]+\Z")
STOP_WORDS = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "OPTOUT", "REVOKE"}
START_WORDS = {"START", "YES", "UNSTOP"}
BODY_LIMIT = 1600


class TwilioApi(Provider):
    """One Twilio account with its senders, messages and opt-outs.

    `receipt_delay` is the time in seconds from one status to the next; `inbound_url` is where inbound messages are
    posted (None: only listed in the API); `senders` are the numbers and names the account may send from.
    """

    channel = "sms"

    def __init__(
        self,
        record: Record,
        faults: Faults,
        *,
        sender: str,
        receipt_delay: float = 0.02,
        inbound_url: str | None = None,
    ) -> None:
        super().__init__(record, faults)
        self.account_sid = "AC" + secrets.token_hex(16)
        self.auth_token = secrets.token_hex(16)
        self.service_sid = "MG" + secrets.token_hex(16)
        self.sender = sender
        self.senders = {sender}
        self.inbound_url = inbound_url
        self.texts = Texts()
        self.opted_out: set[tuple[str, str]] = set()
        """Pairs of sender and number: an opt-out holds for one sender only."""
        self.callbacks = Callbacks(self.auth_token)
        self.lives = Lives(record, self.callbacks, receipt_delay)
        credentials = base64.b64encode(f"{self.account_sid}:{self.auth_token}".encode()).decode()
        self._authorization = f"Basic {credentials}"

    async def close(self) -> None:
        """Ends the messages' lives and closes the callback connections."""
        await self.lives.close()
        await self.callbacks.close()

    async def answer(self, request: web.BaseRequest, path: str) -> web.StreamResponse:
        """Answers one request below `/twilio/`."""
        if request.headers.get("Authorization") != self._authorization:
            return _error(20003)
        account = f"{API_VERSION}/Accounts/{self.account_sid}"
        if path == f"{account}/Messages.json":
            if request.method == "POST":
                return await self._create(await _form(request))
            return await self.strike("list") or self._list(dict(request.query))
        if path == f"{account}.json" and request.method == "GET":
            return await self.strike("account") or reply(self._account())
        if path == f"{account}/IncomingPhoneNumbers.json" and request.method == "GET":
            return await self.strike("account") or reply(self._numbers(dict(request.query)))
        if match := re.fullmatch(re.escape(account) + r"/Messages/(\w+)\.json", path):
            return await self.strike("fetch") or await self._one(request, match[1])
        return _error(20404)

    def failure(self, fault: Fault, how: How, to: str) -> web.Response:
        """Answers with a Twilio error code, or with a bare HTTP status as a broken proxy would."""
        if how.reply.startswith("http "):
            status = int(how.reply.removeprefix("http "))
            if status != 429:
                return web.Response(status=status, text="upstream error")
            return _error(20429, {"Retry-After": f"{fault.seconds or 1:g}"})
        code = int(how.reply)
        limited = TWILIO_CODES.get(code, (400, ""))[0] == 429
        return _error(code, {"Retry-After": f"{fault.seconds or 1:g}"} if limited else None)

    async def _create(self, form: dict[str, str]) -> web.Response:
        to = form.get("To", "")
        sender = form.get("From") or (self.sender if "MessagingServiceSid" in form else "")
        body = form.get("Body", "")

        def accept(request: Request, how: How | None) -> web.Response:
            if (code := self._wrong_with(form, to, sender, body)) is not None:
                raise Refused(_error(code), f"{code} {TWILIO_CODES[code][1]}")
            text = Text(
                self.account_sid,
                to,
                sender,
                body,
                "outbound-api",
                "queued",
                form.get("MessagingServiceSid"),
                form.get("StatusCallback"),
            )
            self.texts.add(text)
            told = parse_qs(urlsplit(text.callback or "").query)
            arrival = self.record.accept(
                request,
                to=to,
                sender=sender,
                text=body,
                ref=text.sid,
                delivery=told.get("d", [None])[0],
                attempt=told.get("a", [None])[0],
                extra={"status": "queued"},
            )
            self.lives.start(text, arrival, how)
            return reply(text.as_json(), 201)

        return await self.send(to, sender, body, accept)

    def _wrong_with(self, form: dict[str, str], to: str, sender: str, body: str) -> int | None:
        """Gives the error code for the first rule that a new message breaks."""
        service = form.get("MessagingServiceSid")
        callback = form.get("StatusCallback")
        if not to:
            return 21604
        if not E164.match(to):
            return 21211
        if service is not None and service != self.service_sid:
            return 21606 if SERVICE_SID.match(service) else 20404
        if not sender:
            return 21603
        if sender not in self.senders:
            return 21606 if E164.match(sender) or ALPHANUMERIC.match(sender) else 21212
        if not body.strip():
            return 21602
        if len(body) > BODY_LIMIT:
            return 21617
        if to == sender:
            return 21266
        if callback is not None and not _is_url(callback):
            return 21609
        return 21610 if (sender, to) in self.opted_out else None

    async def receive(self, number: str, body: str, sender: str | None = None) -> str:
        """Takes a text that a participant sends to `sender` (default: the account's number); gives its sid.

        STOP and START words are obeyed and answered here, as Twilio does, and the message is posted all the same.
        Returns when the customer's webhook has answered.
        """
        ours = sender or self.sender
        text = Text(self.account_sid, ours, number, body, "inbound", "received")
        text.advance("received")
        self.texts.add(text)
        self.record.inbound("sms", to=ours, sender=number, text=body)
        self._obey(ours, number, body.strip().upper())
        if self.inbound_url:
            parameters = {
                **parameters_of(text),
                "Body": body,
                "NumMedia": "0",
                "NumSegments": text.as_json()["num_segments"],
                "SmsMessageSid": text.sid,
            }
            del parameters["MessageStatus"]
            await self.callbacks.post(self.inbound_url, parameters)
        return text.sid

    def _obey(self, ours: str, number: str, word: str) -> None:
        pair = (ours, number)
        if word in STOP_WORDS and pair not in self.opted_out:
            self.opted_out.add(pair)
            self._own_words(ours, number, "You get no more texts from this number. Reply START to get them again.")
        elif word in START_WORDS and pair in self.opted_out:
            self.opted_out.discard(pair)
            self._own_words(ours, number, "You get texts from this number again. Reply STOP to end them.")

    def _own_words(self, ours: str, number: str, body: str) -> None:
        """Sends a text that is Twilio's own and not the customer's: listed and shown, but no arrival."""
        text = Text(self.account_sid, number, ours, body, "outbound-reply", "queued")
        text.advance("delivered")
        self.texts.add(text)
        self.record.note("provider", channel="sms", to=number, sender=ours, text=body)

    def _list(self, query: dict[str, str]) -> web.Response:
        try:
            return reply(self.texts.page(query, self.account_sid))
        except ValueError:
            return _error(20001)

    async def _one(self, request: web.BaseRequest, sid: str) -> web.Response:
        text = self.texts.get(sid)
        if text is None:
            return _error(20404)
        if request.method == "DELETE":
            self.texts.remove(text)
            return web.Response(status=204)
        if request.method == "POST" and (await _form(request)).get("Body") == "":
            text.body = ""
        return reply(text.as_json())

    def _account(self) -> dict[str, Any]:
        return {
            "auth_token": self.auth_token,
            "date_created": "Thu, 01 Jan 2026 09:00:00 +0000",
            "date_updated": "Thu, 01 Jan 2026 09:00:00 +0000",
            "friendly_name": "Sandbox",
            "owner_account_sid": self.account_sid,
            "sid": self.account_sid,
            "status": "active",
            "subresource_uris": {"messages": f"/{API_VERSION}/Accounts/{self.account_sid}/Messages.json"},
            "type": "Full",
            "uri": f"/{API_VERSION}/Accounts/{self.account_sid}.json",
        }

    def _numbers(self, query: dict[str, str]) -> dict[str, Any]:
        uri = f"/{API_VERSION}/Accounts/{self.account_sid}/IncomingPhoneNumbers.json"
        wanted = query.get("PhoneNumber")
        numbers = [number for number in sorted(self.senders) if E164.match(number) and wanted in (None, number)]
        return {
            "end": max(len(numbers) - 1, 0),
            "first_page_uri": f"{uri}?PageSize=50&Page=0",
            "incoming_phone_numbers": [
                {
                    "account_sid": self.account_sid,
                    "api_version": API_VERSION,
                    "capabilities": {"voice": False, "sms": True, "mms": False, "fax": False},
                    "friendly_name": number,
                    "phone_number": number,
                    "sid": "PN" + number[1:].rjust(32, "0"),
                    "sms_method": "POST",
                    "sms_url": self.inbound_url or "",
                    "status": "in-use",
                }
                for number in numbers
            ],
            "next_page_uri": None,
            "page": 0,
            "page_size": 50,
            "previous_page_uri": None,
            "start": 0,
            "uri": f"{uri}?PageSize=50&Page=0",
        }


async def _form(request: web.BaseRequest) -> dict[str, str]:
    return dict(parse_qsl((await request.read()).decode("utf-8", "replace"), keep_blank_values=True))


def _is_url(value: str) -> bool:
    """Tells whether Twilio takes this as a callback address: http(s), a host name, no underscore in it."""
    try:
        parts = urlsplit(value)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(HOST.match(host))


def _error(code: int, headers: dict[str, str] | None = None) -> web.Response:
    status, message = TWILIO_CODES.get(code, (400, "The request failed"))
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return reply(body, status, headers)
