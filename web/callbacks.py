"""What providers tell us, believed only if signed: receipts and texts from Twilio, updates of the chat."""

from __future__ import annotations

import hmac
import json
import re
from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from actions import receipts
from channels.base import RawCallback
from channels.sms import signed_by_twilio
from core.people import SMS, TELEGRAM
from web.forms import FORM, clean
from web.render import desk_of

CHAT = "/callbacks/telegram"

LARGEST_UPDATE = 256 * 1024
"""Bytes of an update: a long text that answers a long one, each letter written as `\\u0430`, is more than 64 KiB."""

_FIELDS = 100
"""More than Twilio has names for."""

_HALF = re.compile(r"%(?![0-9A-Fa-f]{2})")
"""A percent sign that begins nothing."""


def routes() -> list[BaseRoute]:
    """Gives the addresses that are handed to the providers."""
    return [
        Route("/callbacks/sms", texts, methods=["POST"]),
        Route("/callbacks/sms/in", texts, methods=["POST"]),
        Route(CHAT, chat, methods=["POST"]),
    ]


async def texts(request: Request) -> Response:
    """Takes a status callback or a text that somebody sent, signed by Twilio for our public address.

    The Host header counts for nothing: the address is the configured one, with path and query as they came. 403 for
    what is not signed so, 404 where texts are off or there is no public address.
    """
    desk = desk_of(request)
    if SMS not in desk.channels or not desk.settings.public_url:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    form = _strictly(await _body(request, FORM))
    token = desk.settings.sms.auth_token.get_secret_value()
    signature = request.headers.get("x-twilio-signature", "")
    if not signature.isascii() or not signed_by_twilio(token, _address(request), form, signature):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    query = dict(request.query_params)
    raw = RawCallback({name: clean(value) for name, value in form.items()}, query)
    try:
        await desk.database.write(receipts.take, SMS, raw, desk.around())
    except ValueError:  # signed with our token, and yet about another account
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    return Response("<Response/>", media_type="text/xml")  # what we have to say goes out as a message of its own


async def chat(request: Request) -> Response:
    """Takes an update of the chat, with the secret that Telegram was given for us; 404 where the chat polls.

    Whatever comes with the secret is answered with 200, also where it can't be read: it is counted and passed over,
    because Telegram would push it again and again, and nothing else meanwhile.
    """
    desk = desk_of(request)
    feed = request.app.state.chat
    secret = desk.settings.telegram.webhook_secret.get_secret_value()
    if feed is None or TELEGRAM not in desk.channels or not secret:
        raise HTTPException(HTTPStatus.NOT_FOUND)
    given = request.headers.get("x-telegram-bot-api-secret-token", "")
    if not hmac.compare_digest(given.encode(), secret.encode()):
        raise HTTPException(HTTPStatus.FORBIDDEN)
    headers = None
    try:
        update = json.loads(await _body(request, "application/json"))
    except (ValueError, RecursionError):
        update = None
    except HTTPException as error:  # too large, or of another kind
        update, headers = None, error.headers
    if not isinstance(update, dict) or not isinstance(update.get("update_id"), int) or not await feed(update):
        request.app.state.unreadable += 1
    return Response(headers=headers)


async def _body(request: Request, kind: str) -> bytes:
    """Reads a body that must be of one kind and not packed; raises HTTPException 415 otherwise."""
    said = request.headers.get("content-type", "").lower().replace(" ", "")
    packed = request.headers.get("content-encoding", "identity").lower() != "identity"
    if said not in (kind, f"{kind};charset=utf-8") or packed:
        raise HTTPException(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return await request.body()


def _strictly(body: bytes) -> dict[str, str]:
    """Reads a form as Twilio writes it: UTF-8, percent-encoded, each name once. Raises HTTPException 400."""
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, True, True, errors="strict", max_num_fields=_FIELDS)
    except ValueError:
        raise HTTPException(HTTPStatus.BAD_REQUEST) from None
    form = dict(pairs)
    if len(form) != len(pairs) or _HALF.search(text):
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return form


def _address(request: Request) -> str:
    path = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    return f"{desk_of(request).settings.public_url}{path}{'?' if query else ''}{query}"
