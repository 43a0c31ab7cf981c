"""The errors of the sandbox, in Telegram's words.

SandboxError
├── ApiError          Telegram's own refusal: code, description, parameters
│   └── SchemaBreak   the call violates the Bot API's description, and is recorded as such
└── SimError          the user's side asked for an action that no user could take
"""

from __future__ import annotations

from typing import Any


class SandboxError(Exception):
    """The base class of the sandbox's errors."""


class ApiError(SandboxError):
    """A refusal by the Bot API. `description` is complete, including its "Bad Request: ".

    `parameters` are Telegram's ResponseParameters: `retry_after` or `migrate_to_chat_id`.
    """

    def __init__(self, code: int, description: str, /, **parameters: Any) -> None:
        super().__init__(description)
        self.code, self.description, self.parameters = code, description, parameters


class SchemaBreak(ApiError):
    """The method is unknown, or a parameter is unknown, missing or of the wrong type."""

    def __init__(self, problem: str, *, code: int = 400, description: str | None = None) -> None:
        super().__init__(code, description or f"Bad Request: {problem}")
        self.problem = problem


class SimError(SandboxError):
    """The user's side asked for an action that no user could take; `status` is the HTTP status."""

    def __init__(self, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


def bad_request(what: str) -> ApiError:
    return ApiError(400, f"Bad Request: {what}")


def forbidden(what: str) -> ApiError:
    return ApiError(403, f"Forbidden: {what}")
