"""Errors of the API as problem details (RFC 9457)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil

from pydantic import ValidationError
from starlette.responses import Response

from bot.api.operations import InvalidParameter, Json, NotFound, TooManyRequests
from bot.views.shapes import describe_refusal
from summaries.errors import FetchError, InputError, StoreError
from summaries.text.characters import dump_json

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
# The database is locked for seconds, or restarts within a minute.
RETRY_STORE_S = 5
# The parameters of a model as a whole.
ALL = "*"


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as an answer: `code` is its machine-readable reason, `detail` a sentence for people."""

    status: HTTPStatus
    code: str
    detail: str
    errors: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> Json:
        """Return the fields of RFC 9457, and `code` and `errors`."""
        fields: Json = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "code": self.code,
            "detail": self.detail,
        }
        if self.errors:
            fields["errors"] = [{"parameter": name, "message": message} for name, message in self.errors]
        return fields

    def to_response(self) -> Response:
        headers = {"Cache-Control": "no-store", **self.headers}
        return Response(dump_json(self.to_json()), self.status, headers, MEDIA_TYPE)


def find_problem(error: Exception) -> Problem:
    """Return the problem for an error of an operation. One that is not expected is logged."""
    match error:
        case ValidationError():
            faults = tuple(
                (".".join(map(str, fault["loc"])) or ALL, fault["msg"].removeprefix("Value error, "))
                for fault in error.errors(include_url=False, include_input=False, include_context=False)
            )
            return invalid_parameters(faults)
        case InvalidParameter():
            return invalid_parameters(((error.parameter, error.message),))
        case NotFound():
            return Problem(HTTPStatus.NOT_FOUND, "not-found", str(error))
        case TooManyRequests():
            retry = {"Retry-After": str(ceil(error.wait_s))}
            return Problem(HTTPStatus.TOO_MANY_REQUESTS, "too-many-requests", str(error), headers=retry)
        case InputError():
            return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, describe_refusal(error)["refused"], str(error))
        case FetchError():
            return Problem(HTTPStatus.BAD_GATEWAY, describe_refusal(error)["refused"], str(error))
        case TimeoutError():
            return Problem(HTTPStatus.GATEWAY_TIMEOUT, "timeout", "the answer took too long")
        case StoreError():
            log.warning("a request is not answered: %s", error)
            retry = {"Retry-After": str(RETRY_STORE_S)}
            return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "no-database", "the database does not answer", headers=retry)
        case _:
            log.error("a request failed", exc_info=error)
            return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "failed", "an unexpected error, which the log describes")


def invalid_parameters(faults: tuple[tuple[str, str], ...]) -> Problem:
    """Return the problem of a request with invalid parameters, each with a message."""
    detail = "; ".join(message if name == ALL else f"{name}: {message}" for name, message in faults)
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-parameters", detail, faults)
