"""The Bot API's methods and types, read from aiogram's annotated classes, and strict validation of calls.

Importing aiogram builds five hundred pydantic models and takes seconds, so its source is parsed instead, one file at a
time when a call needs it (a millisecond each). aiogram's generator writes one class per file, named in snake case; a
test reads every file. pydantic-core validates against the resulting schemas.

In a query, a form or a multipart body every value is text, from which numbers, booleans and JSON are parsed. A JSON
body may contain typed values. Inside JSON nothing is converted: `"1"` is not a number and `1` is not a boolean.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

from pydantic_core import CoreSchema, SchemaValidator, ValidationError, core_schema

from bot.sandbox import Json
from bot.sandbox.errors import SchemaBreak
from bot.sandbox.request_parsing import Upload

# Fields of a method or an object by name, and the schema of each.
Fields = dict[str, core_schema.TypedDictField]

# Telegram's numbers have at most 64 bits.
_INT = core_schema.int_schema(strict=True, ge=-(2**63), lt=2**63)
_ANYTHING = core_schema.any_schema()
_NAMED: dict[str, CoreSchema] = {
    "int": _INT, "DateTime": _INT, "datetime": _INT, "str": core_schema.str_schema(strict=True),
    "float": core_schema.float_schema(strict=True, allow_inf_nan=False), "bool": core_schema.bool_schema(strict=True),
    "InputFile": core_schema.is_instance_schema(Upload, cls_repr="file"), "Any": _ANYTHING, "dict": _ANYTHING,
}  # fmt: skip
_DEPRECATED = core_schema.custom_error_schema(
    core_schema.none_schema(), "deprecated", custom_error_message="the API no longer has this"
)
# A misspelt field is both: the name that is there says more than the missing one.
_WEIGHTS = {"missing": 0, "extra_forbidden": 1}
_PARSE_TRIES = 10
_NUMBER = re.compile(r"-?\d{1,19}(\.\d+)?")
_BOOLEANS = {"true": True, "false": False, "True": True, "False": False, "1": True, "0": False}
# Telegram's message for a missing required parameter.
_MISSING = {"text": "message text is empty", "chat_id": "chat_id is empty"}
_METHOD_NAME = re.compile(r"[a-z][A-Za-z0-9]{1,63}")


def validated(name: str, raw: Mapping[str, Any], uploads: Mapping[str, Upload]) -> Json:
    """Return the parameters as Python values, with uploads in place.

    Raises SchemaBreak, with status 404 for an unknown method and 400 for anything else.
    """
    method = find_method(name)
    if method is None:
        raise SchemaBreak(f"unknown method {name!r}", code=404, description="Not Found")
    values = {k: v for k, v in raw.items() if v is not None}
    attached = "".join(map(str, values.values()))
    values |= {k: u for k, u in uploads.items() if k in method or f"attach://{k}" not in attached}
    try:
        result: Json = _call_validator(name).validate_python(values)
    except ValidationError as error:
        raise SchemaBreak(_problem(name, error, values)) from None
    except RecursionError:
        raise SchemaBreak("can't parse the parameters: too deeply nested") from None
    return result


@cache
def _call_validator(name: str) -> SchemaValidator:
    parameters = {
        key: core_schema.typed_dict_field(
            core_schema.no_info_wrap_validator_function(_read_value, field["schema"]), required=field["required"]
        )
        for key, field in (find_method(name) or {}).items()
    }
    return validator(_object_schema(parameters, name))


def _read_value(value: Any, check: core_schema.ValidatorFunctionWrapHandler) -> Any:
    """Return the first reading of the value that has the parameter's type."""
    readings = list(_readings(value)) if isinstance(value, str) else [_without_nulls(value)]
    for reading in readings:
        with suppress(ValidationError):
            return check(reading)
    return check(readings[0])


def _readings(text: str) -> Iterator[Any]:
    """Yield the possible values of a text: an object, an array or a number in JSON, a boolean, the text itself."""
    with suppress(ValueError, RecursionError):
        value = json.loads(text)
        if isinstance(value, dict | list) or _NUMBER.fullmatch(text):
            yield _without_nulls(value)
    if text in _BOOLEANS:
        yield _BOOLEANS[text]
    yield text


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    return [_without_nulls(v) for v in value] if isinstance(value, list) else value


def _problem(method: str, error: ValidationError, values: Json) -> str:
    """Describe the error that is deepest in the value: the other options of a union fail earlier, or by their type."""
    errors = error.errors(include_url=False, include_context=False)
    others = {e["loc"][:-1] for e in errors if e["type"] == "literal_error"}
    likely = [e for e in errors if not any(e["loc"][: len(other)] == other for other in others)] or errors
    worst = max(likely, key=lambda e: (len(e["loc"]), _WEIGHTS.get(e["type"], 2)))
    name, *path = map(str, worst["loc"])
    match worst["type"], path:
        case "missing", []:
            return _MISSING.get(name, f"parameter {name!r} is required")
        case "extra_forbidden", []:
            return f"{method} has no parameter {name!r}"
        case "deprecated", []:
            return f"{method} no longer has the parameter {name!r}"
        case "list_type" | "dict_type", _ if isinstance(worst["input"], str) and worst["input"] is values[name]:
            return f"can't parse {name}: is not JSON"
    return f"can't parse {'.'.join([name, *path])}: {worst['msg']}"


@cache
def find_method(name: str) -> Fields | None:
    """Return the method's parameters, or None if the API has none of this name. Names are case-sensitive."""
    node = _method_class(name)
    return None if node is None else _fields(node)


def type_fields(name: str) -> Fields:
    """Return the fields of an object type. Raises KeyError if there is none of this name."""
    found = resolve(name)
    return found["fields"] if found["type"] == "typed-dict" else {}


@cache
def resolve(name: str) -> CoreSchema:
    """Return the type with the name: an object with fields, or a union. Raises KeyError if there is none."""
    tree = _read_module("types", name)
    # The whole tree is walked because recursive unions are inside `if TYPE_CHECKING`.
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ClassDef) and node.name == name:
            return _object_schema(_fields(node), name)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            kind = (_kind(node.value) if node.value else None) or _ANYTHING
            return cast("CoreSchema", {**kind, "ref": name})
    raise KeyError(name)


def _object_schema(fields: Fields, name: str) -> core_schema.TypedDictSchema:
    return core_schema.typed_dict_schema(fields, cls_name=name, ref=name, strict=True, extra_behavior="forbid")


def validator(schema: CoreSchema) -> SchemaValidator:
    """Return a validator for the schema and all types that it refers to."""
    found: dict[str, CoreSchema] = {}
    waiting = [schema]
    while waiting:
        for name in set(_references(waiting.pop())) - found.keys():
            found[name] = resolve(name)
            waiting.append(found[name])
    return SchemaValidator(core_schema.definitions_schema(schema, list(found.values())))


def _references(part: object) -> Iterator[str]:
    match part:
        case {"type": "definition-ref", "schema_ref": str(name)}:
            yield name
        case dict():
            for value in part.values():
                yield from _references(value)
        case list() | tuple():
            for value in part:
                yield from _references(value)


@cache
def _root() -> Path:
    spec = find_spec("aiogram")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the sandbox needs aiogram: install Ringkas with its extra, sandbox")
    return Path(spec.submodule_search_locations[0])


def _read_module(package: str, name: str) -> ast.Module | None:
    path = _root() / package / f"{re.sub(r'(?<!^)(?=[A-Z])', '_', name).lower()}.py"
    return _parse(path.read_text(encoding="utf-8")) if path.is_file() else None


def _parse(source: str) -> ast.Module:
    """Call `ast.parse`, again if another thread parsed at the same time (SystemError, CPython gh-106905)."""
    for _ in range(_PARSE_TRIES - 1):
        with suppress(SystemError):
            return ast.parse(source)
    return ast.parse(source)


def _read_class(package: str, name: str) -> ast.ClassDef | None:
    tree = _read_module(package, name)
    found = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name) if tree else iter(())
    return next(found, None)


def _method_class(name: str) -> ast.ClassDef | None:
    node = _read_class("methods", name[0].upper() + name[1:]) if _METHOD_NAME.fullmatch(name) else None
    return node if node is not None and any(isinstance(b, ast.Subscript) for b in node.bases) else None


def _fields(node: ast.ClassDef) -> Fields:
    fields: Fields = {}
    for base in node.bases:
        parent = _read_class("types", base.id) if isinstance(base, ast.Name) else None
        if parent is not None:
            fields |= _fields(parent)
    for item in node.body:
        if not (isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)):
            continue
        kind = _kind(item.annotation)
        if kind is None:
            continue
        options = {k.arg: k.value for k in item.value.keywords} if isinstance(item.value, ast.Call) else {}
        alias = options.get("alias")
        name = str(alias.value) if isinstance(alias, ast.Constant) else item.target.id
        extra = options.get("json_schema_extra")
        if extra is not None and "deprecated" in ast.unparse(extra):
            kind = _DEPRECATED
        # aiogram sets an object's discriminator by default, but the API requires it.
        is_required = item.value is None or kind["type"] in {"literal", "chain"}
        fields[name] = core_schema.typed_dict_field(kind, required=is_required)
    return fields


def _kind(node: ast.expr) -> CoreSchema | None:
    match node:
        case ast.Constant(value=str(text)):
            return _kind(cast("ast.Expr", _parse(text).body[0]).value)
        case ast.Constant() | ast.Name(id="None" | "Default" | "timedelta") | ast.Attribute(attr="timedelta"):
            return None
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _NAMED.get(name) or core_schema.definition_reference_schema(name)
        case ast.BinOp(left=left, right=right):
            return _one_of(_kind(left), _kind(right))
        case ast.Subscript(value=ast.Name(id="list"), slice=item):
            return core_schema.list_schema(_kind(item), strict=True)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
            return _kind(inner)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            values = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            literal = core_schema.literal_schema([_literal(v) for v in values])
            # The literal True would also accept 1.
            is_bool = all(isinstance(v, bool) for v in literal["expected"])
            return core_schema.chain_schema([_NAMED["bool"], literal]) if is_bool else literal
        case ast.Subscript(value=ast.Name(id="ClassVar")):
            return None
    return _ANYTHING


def _one_of(*kinds: CoreSchema | None) -> CoreSchema | None:
    options: list[CoreSchema] = []
    for kind in filter(None, kinds):
        options += [o for o in kind["choices"] if isinstance(o, dict)] if kind["type"] == "union" else [kind]
    if len(options) <= 1:
        return options[0] if options else None
    return core_schema.union_schema(list(options))


def _literal(node: ast.expr) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        enum = _read_class("enums", node.value.id)
        for item in enum.body if enum else ():
            if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == node.attr:
                return ast.literal_eval(item.value)
    raise ValueError(f"not a literal that the description holds: {ast.unparse(node)}")
