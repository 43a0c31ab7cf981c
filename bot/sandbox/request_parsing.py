"""Parse an HTTP request into raw parameters: query, form, multipart or JSON, as Telegram accepts them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from bot.sandbox import Json
from bot.sandbox.errors import ApiError, bad_request

# A file of 50 MB (Telegram's limit for bots) plus the other parameters.
MAX_BODY_BYTES = 52 * 1024 * 1024
# All parameters without files, as in Telegram's own server.
MAX_PARAMETERS_BYTES = 1024 * 1024
MAX_FIELDS = 1000
TOO_MUCH = "Request Entity Too Large: too much parameters"


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a multipart body."""

    file_name: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class RawCall:
    """The parameters of a request: text values (or JSON values, from a JSON body), and files by part name."""

    values: Json
    uploads: dict[str, Upload]

    def for_log(self) -> Json:
        """Return the parameters without file contents."""
        files = {k: {"file_name": u.file_name, "size": len(u.content)} for k, u in self.uploads.items()}
        return self.values | files


async def read_call(request: Request) -> RawCall:
    """Read the parameters. Raises ApiError if the body is too large or malformed."""
    values: Json = dict(request.query_params)
    if request.method != "POST":
        return RawCall(values, {})
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    match kind:
        case "application/json":
            values |= _json_object(await read_body(request))
        case "application/x-www-form-urlencoded":
            values |= _form_fields(await read_body(request))
        case "multipart/form-data":
            return await _read_parts(request, values)
        case _ if await read_body(request):
            raise bad_request("unsupported content type")
    return RawCall(values, {})


async def read_body(request: Request, most: int = MAX_PARAMETERS_BYTES) -> bytes:
    """Return the whole body. Raises ApiError for a body above `most` bytes, before it is read."""
    body = bytearray()
    async for chunk in limited(request, most, TOO_MUCH).stream():
        body += chunk
    return bytes(body)


def limited(request: Request, most: int, refusal: str) -> Request:
    """Return a request that raises ApiError once its announced or received body exceeds the limit."""
    read = 0

    async def receive() -> Message:
        nonlocal read
        message = await request.receive()
        read += len(message.get("body", b""))
        if read > most:
            raise ApiError(413, refusal)
        return message

    if int(request.headers.get("content-length") or 0) > most:
        raise ApiError(413, refusal)
    return Request(request.scope, receive)


def _json_object(body: bytes) -> Json:
    try:
        parsed = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise bad_request("can't parse JSON body") from error
    if not isinstance(parsed, dict):
        raise bad_request("the JSON body must be an object")
    return parsed


def _form_fields(body: bytes) -> Json:
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise bad_request("can't parse the form") from error


async def _read_parts(request: Request, values: Json) -> RawCall:
    uploads: dict[str, Upload] = {}
    try:
        whole = limited(request, MAX_BODY_BYTES, "Request Entity Too Large")
        async with whole.form(max_part_size=MAX_PARAMETERS_BYTES) as form:
            for name, part in form.multi_items():
                if isinstance(part, UploadFile):
                    content_type = part.content_type or "application/octet-stream"
                    uploads[name] = Upload(part.filename or name, content_type, await part.read())
                else:
                    values[name] = part
    except HTTPException as error:
        raise bad_request(error.detail) from error
    if sum(len(value) for value in values.values()) > MAX_PARAMETERS_BYTES:
        raise ApiError(413, f"{TOO_MUCH} in form data")
    return RawCall(values, uploads)
