"""Strict validation of a call's parameters against the API's description.

In a query, a form or a multipart body every value is text, from which numbers, booleans and JSON are parsed. A JSON
body may contain typed values. Inside JSON nothing is converted: `"1"` is not a number and `1` is not a boolean.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

from pydantic_core import SchemaValidator, ValidationError, core_schema

from bot.sandbox import Json, schema
from bot.sandbox.errors import SchemaBreak
from bot.sandbox.request_parsing import Upload

_BOOLEANS = {"True": True, "False": False, "1": True, "0": False}
# Telegram's message for a missing required parameter.
_MISSING = {"text": "message text is empty", "chat_id": "chat_id is empty"}


def validated(name: str, raw: Mapping[str, Any], uploads: Mapping[str, Upload]) -> Json:
    """Return the parameters as Python values, with uploads in place.

    Raises SchemaBreak, with status 404 for an unknown method and 400 for anything else.
    """
    method = schema.find_method(name)
    if method is None:
        raise SchemaBreak(f"unknown method {name!r}", code=404, description="Not Found")
    values = {k: v for k, v in raw.items() if v is not None}
    attached = "".join(map(str, values.values()))
    values |= {k: u for k, u in uploads.items() if k in method or f"attach://{k}" not in attached}
    try:
        result: Json = _validator(name).validate_python(values)
    except ValidationError as error:
        raise SchemaBreak(_problem(name, error)) from None
    except RecursionError:
        raise SchemaBreak("can't parse the parameters: too deeply nested") from None
    return result


@cache
def _validator(name: str) -> SchemaValidator:
    parameters = {
        key: core_schema.typed_dict_field(
            core_schema.no_info_wrap_validator_function(_read, field["schema"]), required=field["required"]
        )
        for key, field in (schema.find_method(name) or {}).items()
    }
    return schema.validator(schema.object_schema(parameters, name))


def _read(value: Any, check: core_schema.ValidatorFunctionWrapHandler) -> Any:
    """Return the first reading of the value that has the parameter's type."""
    readings = list(_readings(value)) if isinstance(value, str) else [_without_nulls(value)]
    for reading in readings:
        with suppress(ValidationError):
            return check(reading)
    return check(readings[0])


def _readings(text: str) -> Iterator[Any]:
    """Yield the possible values of a text: JSON, a boolean in Telegram's other words, the text itself."""
    with suppress(ValueError, RecursionError):
        value = json.loads(text)
        if isinstance(value, dict | list) or (isinstance(value, bool | int | float) and text == text.strip()):
            yield _without_nulls(value)
    if text in _BOOLEANS:
        yield _BOOLEANS[text]
    yield text


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return [_without_nulls(v) for v in value] if isinstance(value, list) else value


def _problem(method: str, error: ValidationError) -> str:
    """Describe the error that is deepest in the value: the other options of a union fail earlier, or by their type."""
    errors = error.errors(include_url=False, include_context=False)
    others = {e["loc"][:-1] for e in errors if e["type"] == "literal_error"}
    likely = [e for e in errors if not any(e["loc"][: len(other)] == other for other in others)] or errors
    worst = max(likely, key=lambda e: (len(e["loc"]), e["type"] not in {"missing", "extra_forbidden"}))
    name, *path = map(str, worst["loc"])
    match worst["type"], path:
        case "missing", []:
            return _MISSING.get(name, f"parameter {name!r} is required")
        case "extra_forbidden", []:
            return f"{method} has no parameter {name!r}"
        case "deprecated", []:
            return f"{method} no longer has the parameter {name!r}"
        case "list_type" | "dict_type", _ if isinstance(worst["input"], str):
            return f"can't parse {name}: is not JSON"
    return f"can't parse {'.'.join([name, *path])}: {worst['msg']}"
