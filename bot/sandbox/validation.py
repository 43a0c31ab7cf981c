"""Strict validation of a call's parameters against the API's description.

In a query, a form or a multipart body every value is text, from which numbers, booleans and JSON are parsed. A JSON
body may contain typed values. Inside JSON nothing is converted: `"1"` is not a number and `1` is not a boolean.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from bot.sandbox import schema
from bot.sandbox.errors import SchemaBreak
from bot.sandbox.request_parsing import Upload
from bot.sandbox.schema import Field, Kind, Method, ObjectType

_INTEGER = re.compile(r"-?\d{1,19}")
_FLOAT = re.compile(r"-?\d{1,19}(\.\d+)?")
_BOOLEANS = {"true": True, "false": False, "True": True, "False": False, "1": True, "0": False}
# Telegram's message for a missing required parameter.
_MISSING = {"text": "message text is empty", "chat_id": "chat_id is empty"}


class Mismatch(Exception):
    """The value does not have the expected type; the message contains the path and the reason."""


def validated(name: str, raw: Mapping[str, Any], uploads: Mapping[str, Upload]) -> dict[str, Any]:
    """Return the parameters as Python values, with uploads in place.

    Raises SchemaBreak, with status 404 for an unknown method and 400 for anything else.
    """
    method = schema.find_method(name)
    if method is None:
        raise SchemaBreak(f"unknown method {name!r}", code=404, description="Not Found")
    values = {k: v for k, v in raw.items() if v is not None}
    _refuse_unknown(method, values, uploads)
    result: dict[str, Any] = {}
    for field in method.fields.values():
        if field.name in uploads:
            result[field.name] = _uploaded(field, uploads[field.name])
        elif field.name in values:
            try:
                result[field.name] = read(field.kind, values[field.name], at=field.name, is_text=True)
            except Mismatch as error:
                raise SchemaBreak(f"can't parse {error}") from None
        elif field.is_required:
            problem = _MISSING.get(field.name, f"parameter {field.name!r} is required")
            raise SchemaBreak(problem)
    return result


def _refuse_unknown(method: Method, values: Mapping[str, Any], uploads: Mapping[str, Upload]) -> None:
    attached = "".join(str(v) for v in values.values())
    for name in [*values, *uploads]:
        field = method.fields.get(name)
        if field is None and not (name in uploads and f"attach://{name}" in attached):
            raise SchemaBreak(f"{method.name} has no parameter {name!r}")
        if field is not None and field.is_deprecated:
            raise SchemaBreak(f"{method.name} no longer has the parameter {name!r}")


def _uploaded(field: Field, upload: Upload) -> Upload:
    options = field.kind.options if isinstance(field.kind, schema.OneOf) else (field.kind,)
    if isinstance(field.kind, schema.Ref):
        target = schema.resolve(field.kind.name)
        options = target.options if isinstance(target, schema.OneOf) else options
    if schema.FILE not in options:
        raise SchemaBreak(f"{field.name!r} is not a file")
    return upload


def read(kind: Kind | ObjectType, value: Any, *, at: str, is_text: bool = False) -> Any:
    """Convert the value or raise Mismatch. With `is_text`, a string may hold a number, a boolean or JSON."""
    match kind:
        case schema.FILE:
            raise Mismatch(f"{at}: must be a file")
        case schema.ANYTHING:
            return value
        case schema.Scalar(name):
            return _scalar(name, value, at, is_text=is_text)
        case schema.Choice(values):
            return _choice(values, value, at)
        case schema.ArrayOf(item):
            return _array(item, _from_json(value, at) if is_text and isinstance(value, str) else value, at)
        case ObjectType():
            return _object(kind, _from_json(value, at) if is_text and isinstance(value, str) else value, at)
        case schema.OneOf(options):
            return _one_of(options, value, at, is_text=is_text)
        case schema.Ref(name):
            return read(schema.resolve(name), value, at=at, is_text=is_text)


def _scalar(name: str, value: Any, at: str, *, is_text: bool) -> Any:
    if name == "str":
        if isinstance(value, str):
            return value
        raise Mismatch(f"{at}: must be a string")
    if is_text and isinstance(value, str):
        value = _from_text(name, value.strip())
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if name == "bool" and isinstance(value, bool):
        return value
    if (name == "int" and is_number) or (name == "float" and (is_number or isinstance(value, float))):
        return value
    raise Mismatch(f"{at}: must be of type {name}")


def _choice(values: tuple[object, ...], value: Any, at: str) -> Any:
    if value not in values or isinstance(value, bool) != isinstance(values[0], bool):
        raise Mismatch(f"{at}: must be one of {', '.join(map(repr, values))}")
    return value


def _array(item: Kind, value: Any, at: str) -> list[Any]:
    if not isinstance(value, list):
        raise Mismatch(f"{at}: must be an array")
    return [read(item, v, at=f"{at}[{i}]") for i, v in enumerate(value)]


def _from_text(name: str, text: str) -> int | float | bool | None:
    if name == "bool":
        return _BOOLEANS.get(text)
    if name == "int":
        return int(text) if _INTEGER.fullmatch(text) else None
    return float(text) if _FLOAT.fullmatch(text) else None


def _from_json(text: str, at: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Mismatch(f"{at}: is not JSON") from None


def _object(kind: ObjectType, value: Any, at: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise Mismatch(f"{at}: must be an object of type {kind.name}")
    result: dict[str, Any] = {}
    for key, item in value.items():
        field = kind.fields.get(key)
        if field is None or field.is_deprecated:
            raise Mismatch(f"{at}: {kind.name} has no field {key!r}")
        if item is not None:
            result[key] = read(field.kind, item, at=f"{at}.{key}")
    for field in kind.fields.values():
        if field.is_required and field.name not in result:
            raise Mismatch(f"{at}: {kind.name} needs the field {field.name!r}")
    return result


def _one_of(options: tuple[Kind, ...], value: Any, at: str, *, is_text: bool) -> Any:
    """Convert to the first matching option. A numeric string becomes a number where both are allowed (chat_id)."""
    if schema.Scalar("int") in options and isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(value)
    if is_text and isinstance(value, str) and schema.Scalar("str") not in options:
        has_objects = any(isinstance(o, schema.Ref | schema.ArrayOf) for o in options)
        value, is_text = (_from_json(value, at), False) if has_objects else (value, True)
    best: Mismatch | None = None
    for option in options:
        try:
            return read(option, value, at=at, is_text=is_text)
        except Mismatch as error:
            if best is None or _fits_shape(option, value):
                best = error
    raise best or Mismatch(f"{at}: is of no type that is allowed here")


def _fits_shape(option: Kind, value: Any) -> bool:
    """Return whether the value matches the option: by its discriminator, or by a required field."""
    target = schema.resolve(option.name) if isinstance(option, schema.Ref) else option
    if not (isinstance(target, ObjectType) and isinstance(value, dict)):
        return False
    for field in target.fields.values():
        if isinstance(field.kind, schema.Choice):
            return value.get(field.name) in field.kind.values
    return any(f.is_required and f.name in value for f in target.fields.values())
