"""The Bot API's methods and types, read from aiogram's annotated classes.

Importing aiogram builds five hundred pydantic models and takes seconds, so its source is parsed instead, one file at a
time when a call needs it (a millisecond each). aiogram's generator writes one class per file, named in snake case; a
test reads every file.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import cast


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value of the Python type `name`: int, float, str or bool; or one of the two below."""

    name: str


FILE = Scalar("the content of a file in a multipart body")
ANYTHING = Scalar("any value")


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the listed values."""

    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class ArrayOf:
    item: Kind


@dataclass(frozen=True, slots=True)
class OneOf:
    options: tuple[Kind, ...]


@dataclass(frozen=True, slots=True)
class Ref:
    """A type of the API by name; see `resolve`."""

    name: str


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    kind: Kind
    is_required: bool
    is_deprecated: bool = False


@dataclass(frozen=True, slots=True)
class ObjectType:
    name: str
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True)
class Method(ObjectType):
    returns: Kind


Kind = Scalar | Choice | ArrayOf | OneOf | Ref

_NAMED: dict[str, Kind] = {
    "int": Scalar("int"), "float": Scalar("float"), "str": Scalar("str"), "bool": Scalar("bool"),
    "DateTime": Scalar("int"), "datetime": Scalar("int"), "InputFile": FILE, "Any": ANYTHING, "dict": ANYTHING,
}  # fmt: skip
_PARSE_TRIES = 10
_METHOD_NAME = re.compile(r"[a-z][A-Za-z0-9]{1,63}")


@cache
def _root() -> Path:
    spec = find_spec("aiogram")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("the sandbox needs aiogram: pip install 'ringkas[sandbox]'")
    return Path(spec.submodule_search_locations[0])


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@cache
def find_method(name: str) -> Method | None:
    """Return the method's description, or None if the API has none of this name. Names are case-sensitive."""
    if not _METHOD_NAME.fullmatch(name):
        return None
    node = _read_class("methods", name[0].upper() + name[1:])
    if node is None or not any(isinstance(b, ast.Subscript) for b in node.bases):
        return None
    returns = next(b.slice for b in node.bases if isinstance(b, ast.Subscript))
    return Method(name, _fields(node), _kind(returns) or ANYTHING)


@cache
def resolve(name: str) -> ObjectType | Kind:
    """Return the type with the name: an object with fields, or a union. Raises KeyError if there is none."""
    tree = _read("types", name)
    # The whole tree is walked because recursive unions are inside `if TYPE_CHECKING`.
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ClassDef) and node.name == name:
            return ObjectType(name, _fields(node))
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id == name:
            return (_kind(node.value) if node.value else None) or ANYTHING
    raise KeyError(name)


def _read(package: str, name: str) -> ast.Module | None:
    path = _root() / package / f"{_snake(name)}.py"
    return _parse(path.read_text(encoding="utf-8")) if path.is_file() else None


def _parse(source: str) -> ast.Module:
    """Call `ast.parse`, again if another thread parsed at the same time (SystemError, CPython gh-106905)."""
    for _ in range(_PARSE_TRIES - 1):
        with suppress(SystemError):
            return ast.parse(source)
    return ast.parse(source)


def _read_class(package: str, name: str) -> ast.ClassDef | None:
    tree = _read(package, name)
    found = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == name) if tree else iter(())
    return next(found, None)


def _fields(node: ast.ClassDef) -> dict[str, Field]:
    fields: dict[str, Field] = {}
    for base in node.bases:
        parent = _read_class("types", base.id) if isinstance(base, ast.Name) else None
        if parent is not None:
            fields |= _fields(parent)
    for item in node.body:
        if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name):
            field = _field(item.target.id, item.annotation, item.value)
            if field is not None:
                fields[field.name] = field
    return fields


def _field(name: str, annotation: ast.expr, default: ast.expr | None) -> Field | None:
    kind = _kind(annotation)
    if kind is None:
        return None
    options = {k.arg: k.value for k in default.keywords} if isinstance(default, ast.Call) else {}
    alias = options.get("alias")
    wire_name = alias.value if isinstance(alias, ast.Constant) and isinstance(alias.value, str) else name
    # aiogram sets an object's discriminator by default, but the API requires it.
    is_required = default is None or isinstance(kind, Choice)
    extra = options.get("json_schema_extra")
    return Field(wire_name, kind, is_required, is_deprecated=extra is not None and "deprecated" in ast.unparse(extra))


def _kind(node: ast.expr) -> Kind | None:
    match node:
        case ast.Constant(value=str(text)):
            return _kind(cast("ast.Expr", _parse(text).body[0]).value)
        case ast.Constant() | ast.Name(id="None" | "Default" | "timedelta") | ast.Attribute(attr="timedelta"):
            return None
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return _NAMED.get(name) or Ref(name)
        case ast.BinOp(left=left, right=right):
            return _one_of(_kind(left), _kind(right))
        case ast.Subscript(value=ast.Name(id="list"), slice=item):
            return ArrayOf(_kind(item) or ANYTHING)
        case ast.Subscript(value=ast.Name(id="Annotated"), slice=ast.Tuple(elts=[inner, *_])):
            return _kind(inner)
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inner):
            values = inner.elts if isinstance(inner, ast.Tuple) else [inner]
            return Choice(tuple(_literal(v) for v in values))
        case ast.Subscript(value=ast.Name(id="ClassVar")):
            return None
    return ANYTHING


def _one_of(*kinds: Kind | None) -> Kind | None:
    flat = [option for kind in kinds if kind for option in (kind.options if isinstance(kind, OneOf) else [kind])]
    options = tuple(dict.fromkeys(flat))
    return OneOf(options) if len(options) > 1 else options[0] if options else None


def _literal(node: ast.expr) -> object:
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        enum = _read_class("enums", node.value.id)
        for item in enum.body if enum else ():
            if isinstance(item, ast.Assign) and ast.unparse(item.targets[0]) == node.attr:
                return ast.literal_eval(item.value)
    raise ValueError(f"not a literal that the description holds: {ast.unparse(node)}")
