"""What Twilio tells its customer by HTTP: signed status callbacks and inbound messages."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import logging
from urllib.parse import urldefrag

from aiohttp import ClientError, ClientSession, ClientTimeout

log = logging.getLogger(__name__)

PATIENCE = 15.0
"""Seconds until Twilio gives up on a webhook (https://www.twilio.com/docs/api/errors/11205)."""


def signature(auth_token: str, url: str, parameters: dict[str, str]) -> str:
    """Signs a callback: HMAC-SHA1 over the URL and the sorted parameters, in base64.

    Source: https://www.twilio.com/docs/usage/security#validating-requests
    """
    signed = url + "".join(name + parameters[name] for name in sorted(parameters))
    digest = hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()
    return base64.b64encode(digest).decode()


class Callbacks:
    """Posts callbacks, a bounded number at once, and counts the failed ones."""

    def __init__(self, auth_token: str, at_once: int = 16) -> None:
        self.posted = 0
        self.failed = 0
        self._auth_token = auth_token
        self._slots = asyncio.Semaphore(at_once)
        self._session: ClientSession | None = None

    async def post(self, url: str, parameters: dict[str, str]) -> str | None:
        """Posts one callback and gives the answer's text, None where there was no good answer; never raises."""
        url = urldefrag(url).url
        if self._session is None:
            self._session = ClientSession(timeout=ClientTimeout(total=PATIENCE))
        headers = {
            "X-Twilio-Signature": signature(self._auth_token, url, parameters),
            "I-Twilio-Idempotency-Token": hashlib.sha256(repr(sorted(parameters.items())).encode()).hexdigest()[:32],
            "User-Agent": "TwilioProxy/1.1",
        }
        try:
            async with self._slots, self._session.post(url, data=parameters, headers=headers) as answer:
                text = await answer.text()
                if answer.status < 300:
                    self.posted += 1
                    return text
        except (ClientError, TimeoutError, OSError, ValueError) as error:
            log.info("a callback did not get through: %s", type(error).__name__)
        self.failed += 1
        return None

    async def close(self) -> None:
        """Closes the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None
