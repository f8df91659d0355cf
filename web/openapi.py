"""The JSON endpoints in OpenAPI's words, for whoever writes a program that asks them."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

ALIVE: dict[str, Any] = {
    "type": "object",
    "properties": {"alive": {"const": True}},
    "required": ["alive"],
    "additionalProperties": False,
}
READY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "ready": {"type": "boolean"},
        "problems": {"type": "array", "items": {"type": "string"}},
        "due": {"type": "integer", "minimum": 0},
        "oldest_due_seconds": {"type": "number", "minimum": 0},
    },
    "required": ["ready", "problems", "due", "oldest_due_seconds"],
    "additionalProperties": False,
}


def _json(says: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": says, "content": {"application/json": {"schema": schema}}}


def _sorry(says: str) -> dict[str, Any]:
    return {"description": says, "content": {"text/plain": {"schema": {"type": "string"}}}}


COMMON = {"405": _sorry("This method is not one of those."), "429": _sorry("Too much at once: wait a minute.")}

DOCUMENT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Ringround",
        "version": "1",
        "description": "What programs may ask. The pages for people are not in here.",
        "license": {"name": "MIT", "identifier": "MIT"},
    },
    "paths": {
        "/healthz": {
            "get": {
                "operationId": "alive",
                "summary": "Whether the process lives",
                "responses": {"200": _json("It does.", ALIVE), **COMMON},
            }
        },
        "/readyz": {
            "get": {
                "operationId": "ready",
                "summary": "Whether the database answers and messages leave",
                "responses": {"200": _json("All is well.", READY), "503": _json("The problems.", READY), **COMMON},
            }
        },
        "/callbacks/telegram": {
            "post": {
                "operationId": "chat",
                "summary": "Takes an update of the chat, from Telegram alone",
                "security": [{"telegram": []}],
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {
                            "schema": {"description": "An update; anything else is passed over, and answered alike."}
                        }
                    },
                },
                "responses": {
                    "200": {"description": "Taken."},
                    "403": _sorry("The secret is missing or wrong."),
                    "404": _sorry("The chat is off, or fetches its updates itself."),
                    **COMMON,
                },
            }
        },
        "/openapi.json": {
            "get": {
                "operationId": "describe",
                "summary": "This document",
                "responses": {"200": _json("It.", {"type": "object", "required": ["openapi"]}), **COMMON},
            }
        },
    },
    "components": {
        "securitySchemes": {
            "telegram": {"type": "apiKey", "in": "header", "name": "X-Telegram-Bot-Api-Secret-Token"},
        }
    },
}


def routes() -> list[BaseRoute]:
    """Gives where the document is."""
    return [Route("/openapi.json", describe, methods=["GET"])]


async def describe(_request: Request) -> Response:
    """Gives the document."""
    return JSONResponse(DOCUMENT)
