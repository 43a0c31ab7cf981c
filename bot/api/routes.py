"""The HTTP side of the API: a route for each operation, the OpenAPI document, and MCP."""

from __future__ import annotations

import hashlib
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from bot.api.openapi import build_document
from bot.api.operations import OPERATIONS, InvalidParameter, Json, NewsApi, Operation
from bot.api.problems import Problem, find_problem, invalid_parameters
from summaries.text.characters import dump_json, parse_json

# A text of the greatest length, with each character escaped as in "\u00e9".
MAX_BODY_BYTES = 1_300_000
DOCUMENT_PATH, MCP_PATH = "/openapi.json", "/mcp"
# The document changes with the version only.
DOCUMENT_CACHED_S = 3600


def build_app(api: NewsApi, mcp: ASGIApp | None = None) -> Starlette:
    """Return the application without its guard. `mcp` answers at /mcp."""
    routes: list[BaseRoute] = [operation_route(api, operation) for operation in OPERATIONS]
    document = dump_json(build_document())

    async def show_document(request: Request) -> Response:
        return cacheable(request, document, DOCUMENT_CACHED_S)

    routes.append(Route(DOCUMENT_PATH, show_document, methods=["GET"]))
    if mcp is not None:
        # A GET would wait for messages from the server, which has none without sessions.
        routes.append(Route(MCP_PATH, endpoint=mcp, methods=["POST"]))
    return Starlette(routes=routes, exception_handlers={HTTPException: explain})


async def explain(_: Request, error: Exception) -> Response:
    """Return the problem for an unknown path or a method that a path does not have."""
    if not isinstance(error, HTTPException):
        raise TypeError("only errors of routing are explained here")
    status = HTTPStatus(error.status_code)
    code, detail = status.phrase.lower().replace(" ", "-"), f"{DOCUMENT_PATH} describes the paths and their methods"
    return Problem(status, code, detail, headers=error.headers or {}).to_response()


def operation_route(api: NewsApi, operation: Operation) -> Route:
    """Return the route of the operation."""

    async def answer(request: Request) -> Response:
        try:
            if operation.method == "POST":
                given = await read_body(request)
                if isinstance(given, Problem):
                    return given.to_response()
                result = await operation.call(api, given)
            else:
                result = await operation.call(api, read_query(request), is_text=True)
        except ClientDisconnect:
            return Response(status_code=HTTPStatus.BAD_REQUEST)
        except Exception as error:  # noqa: BLE001  (every error is an answer, and unexpected ones are logged)
            return find_problem(error).to_response()
        return cacheable(request, dump_json(result), operation.cached_s)

    return Route(operation.path, answer, methods=[operation.method])


def read_query(request: Request) -> Json:
    """Return the parameters in the path and the query.

    Raises:
        InvalidParameter: one is given twice.
    """
    given = dict(request.path_params)
    for name, value in request.query_params.multi_items():
        if name in given:
            raise InvalidParameter(name, "is given twice")
        given[name] = value
    return given


async def read_body(request: Request) -> Json | Problem:
    """Return the JSON object in the body, or the problem with it."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not-json", "send application/json")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            detail = f"at most {MAX_BODY_BYTES} bytes are read"
            return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too-large", detail, headers={"Connection": "close"})
    given = parse_json(bytes(body))
    return given if isinstance(given, dict) else invalid_parameters((("*", "the body is not a JSON object"),))


def cacheable(request: Request, content: str, max_age_s: int) -> Response:
    """Return the JSON, or status 304 if the caller has it already. A `max_age_s` of 0 forbids caching."""
    if not max_age_s:
        return Response(content, headers={"Cache-Control": "no-store"}, media_type="application/json")
    tag = f'"{hashlib.sha256(content.encode()).hexdigest()[:32]}"'
    headers = {"Cache-Control": f"private, max-age={max_age_s}", "ETag": tag}
    known = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in known or known == ["*"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(content, headers=headers, media_type="application/json")
