"""Classify failed calls of the Bot API by the evidence that they give: may Telegram have accepted the message?

docs/explanation/reliability.md has this table with its sources.
"""

from __future__ import annotations

import json
from enum import StrEnum
from http import HTTPStatus

import httpx
from telegram.error import NetworkError


class Evidence(StrEnum):
    """The part of a call that is known to have failed."""

    NOT_WRITTEN = "the request was not written"
    """Without the whole request no server can have acted on it."""
    ERROR = "Telegram reported an error of its own"
    """The Bot API answered that the call failed."""
    GATEWAY = "a server in front of Telegram answered"
    """A page, or 502 or 503: a gateway that did not reach the Bot API."""
    NO_ANSWER = "the answer is missing"
    """The request was written, and no answer or only a part of it came, or a gateway stopped waiting for it (504)."""


# httpx raises these before the whole request is written. A server that reads less than Content-Length discards it.
_UNWRITTEN = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.WriteError,
    httpx.WriteTimeout,
)
# A wrong address of the Bot API or a wrong token, which python-telegram-bot reports as such.
_ADDRESS_ERRORS = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.NOT_FOUND})
# Requests may be repeated after these errors of Telegram, other than 5xx.
_TEMPORARY = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})


class UnansweredCall(NetworkError):
    """A response that is neither a result nor a refusal of Telegram, with the evidence that it gives."""

    def __init__(self, evidence: Evidence, status: int) -> None:
        phrase = HTTPStatus(status).phrase if status in HTTPStatus.__members__.values() else "status"
        super().__init__(f"{phrase} ({status}): {evidence.value}")
        self.evidence = evidence


def classify_error(error: BaseException | None) -> Evidence:
    """Return the evidence that an exception of httpx gives."""
    return Evidence.NOT_WRITTEN if isinstance(error, _UNWRITTEN) else Evidence.NO_ANSWER


def classify_response(status: int, payload: bytes) -> Evidence | None:
    """Return the evidence that a response gives, or None if it is a result or a refusal of Telegram."""
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        # JSON that ends early is Telegram's, and python-telegram-bot raises an error for it.
        return None if payload.lstrip()[:1] == b"{" else _classify_body(payload)
    if status in _ADDRESS_ERRORS:
        return None
    if status == HTTPStatus.GATEWAY_TIMEOUT:
        return Evidence.NO_ANSWER
    if status in {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE} or not _is_telegrams(payload):
        return Evidence.GATEWAY
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or (status in _TEMPORARY and b'"retry_after"' not in payload):
        return Evidence.ERROR
    return None


def _classify_body(payload: bytes) -> Evidence:
    """Return the evidence of a body that is no JSON object: a page is a gateway's, another may be part of an answer."""
    return Evidence.GATEWAY if payload.lstrip()[:1] == b"<" else Evidence.NO_ANSWER


def _is_telegrams(payload: bytes) -> bool:
    """Return whether the body is the Bot API's envelope: an object with the field `ok`."""
    try:
        answer = json.loads(payload)
    except ValueError:
        return False
    return isinstance(answer, dict) and isinstance(answer.get("ok"), bool)
