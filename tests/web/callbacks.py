"""Twilio's status callbacks, genuine ones and altered ones."""

from __future__ import annotations

import gzip
import random
from dataclasses import dataclass, field, replace
from urllib.parse import parse_qs, urlencode

from sandbox.twilio_callbacks import signature
from tests.web.conftest import PUBLIC, SETTINGS

TOKEN: str = SETTINGS["sms"]["auth_token"]
FORM = {
    "AccountSid": SETTINGS["sms"]["account_sid"],
    "ApiVersion": "2010-04-01",
    "From": "+447700900000",
    "To": "+447700900123",
    "MessageSid": "SM" + "0" * 32,
}
KIND = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Callback:
    """What is posted: the path with its query, the headers and the body."""

    path: str
    body: bytes
    signed: str
    kind: str = KIND
    more: tuple[tuple[str, str], ...] = field(default=())

    @property
    def headers(self) -> dict[bytes, bytes]:
        named = {"Content-Type": self.kind, "X-Twilio-Signature": self.signed, **dict(self.more)}
        return {name.encode(): value.encode() for name, value in named.items()}


def genuine(delivery: str, attempt: int, ref: str, status: str) -> Callback:
    path = f"/callbacks/sms?{urlencode({'d': delivery, 'a': attempt})}"
    fields = {**FORM, "MessageSid": ref, "MessageStatus": status, "SmsStatus": status}
    return Callback(path, urlencode(fields).encode(), signature(TOKEN, PUBLIC + path, fields))


def status_of(one: Callback) -> str:
    return parse_qs(one.body.decode())["MessageStatus"][0]


def altered(one: Callback, seed: random.Random) -> Callback:
    """Changes the signature, the address, the body or the encoding of a genuine callback, in one of many ways."""
    return seed.choice((_signature, _path, _body, _encoding))(one, seed)


def _signature(one: Callback, seed: random.Random) -> Callback:
    at = seed.randrange(len(one.signed) - 2)  # the last ones may be padding
    other = seed.choice([letter for letter in "ABCxyz019+/" if letter != one.signed[at]])
    fields = {name: values[0] for name, values in parse_qs(one.body.decode()).items()}
    forged = (
        one.signed[:at] + other + one.signed[at + 1 :],
        "",
        one.signed[::-1],
        signature("another token", PUBLIC + one.path, fields),
        signature(TOKEN, "https://elsewhere.example.org" + one.path, fields),
        signature(TOKEN, "http" + PUBLIC.removeprefix("https") + one.path, fields),
        signature(TOKEN, PUBLIC + one.path, {}),
        "é" * 10,
    )
    return replace(one, signed=seed.choice(forged))


def _path(one: Callback, seed: random.Random) -> Callback:
    other = (
        one.path + f"&x={seed.random()}",
        one.path.replace("a=1", f"a={seed.randrange(2, 99)}"),
        one.path.replace("d=", f"d={seed.randrange(9)}"),
        one.path.partition("?")[0],
        one.path.replace("/callbacks/sms", "/callbacks/sms/in"),
        one.path.replace("/callbacks/sms", f"/callbacks/sms/{seed.randrange(99)}"),
        one.path.replace("/callbacks/sms", "/callbacks//sms"),
        one.path.replace("d=", "d=%00"),
    )
    return replace(one, path=seed.choice(other))


def _body(one: Callback, seed: random.Random) -> Callback:
    return replace(one, body=altered_fields(one, seed))


def altered_fields(one: Callback, seed: random.Random) -> bytes:
    status = status_of(one)
    others = [other for other in ("failed", "undelivered", "delivered", "received", "nonsense") if other != status]
    body = one.body
    return seed.choice(
        (
            body.replace(f"MessageStatus={status}".encode(), f"MessageStatus={seed.choice(others)}".encode()),
            body + f"&ErrorCode=2{seed.randrange(1000, 9999)}".encode(),
            body + f"&MessageStatus={status}".encode(),
            f"MessageStatus={seed.choice(others)}&".encode() + body,
            body.replace(b"MessageSid=SM", b"MessageSid=MM"),
            body[: seed.randrange(len(body))],
            body + b"%zz",
            body + b"&x=%ff%fe",
            body + b"&" + b"x=1&" * 200,
            body + b"&x=" + b"1" * 70_000,
            b"",
            bytes(seed.randrange(256) for _ in range(200)),
        )
    )


def _encoding(one: Callback, seed: random.Random) -> Callback:
    return seed.choice(
        (
            replace(one, body=one.body.decode().encode("utf-16")),
            replace(one, body=b"\xef\xbb\xbf" + one.body),
            replace(one, body=gzip.compress(one.body), more=(("Content-Encoding", "gzip"),)),
            replace(one, more=(("Content-Encoding", "deflate"),)),
            replace(one, kind="application/json"),
            replace(one, kind=f"{KIND}; charset=utf-16"),
            replace(one, kind="multipart/form-data; boundary=x"),
            replace(one, kind=""),
            replace(one, kind="text/plain"),
        )
    )
