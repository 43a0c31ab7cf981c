"""Find every regular expression of the program, and how each meets its text.

Two searches complete each other: compiled patterns are collected from the values of modules, and calls that take a
pattern from their syntax trees. A call whose pattern can't be worked out is reported as unknown, for a test to refuse.
"""

from __future__ import annotations

import ast
import importlib
import itertools
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from summaries.text.lazy_patterns import LazyPattern

ROOT = Path(__file__).parents[2]
PACKAGES = ("bot", "summaries", "seeds")
# The mode of each method: match at the start, of the whole text, first match or all matches.
MODES = {
    "match": "match", "fullmatch": "fullmatch", "search": "search", "finditer": "finditer", "findall": "finditer",
    "sub": "finditer", "subn": "finditer", "split": "finditer",
}  # fmt: skip
# Parts of python-telegram-bot that take a pattern, and how they use it.
HANDLERS = {"Regex": "search", "CallbackQueryHandler": "match", "InlineQueryHandler": "match"}
# Replaces a value that is known only at run time and that the code escapes.
SAMPLE = "contoh"

AnyPattern = re.Pattern[str] | re.Pattern[bytes]
PATTERNS = (re.Pattern, LazyPattern)
MAKERS = {"lazy_regex"}  # like `re.compile`
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, slots=True)
class Expression:
    """A pattern, where it is written, and the modes in which it is used."""

    pattern: AnyPattern
    where: str
    modes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The expressions, in the order of where they are written, and the calls whose pattern stays unknown."""

    expressions: tuple[Expression, ...]
    unknown: tuple[str, ...]


class UnknownValue(Exception):
    """An expression of the source can't be worked out without running the program."""


@cache
def find_expressions() -> Found:
    modules = [_Module(path) for path in source_files()]
    modes = defaultdict[AnyPattern, set[str]](set)
    places = defaultdict[AnyPattern, dict[str, None]](dict)
    uses = _uses_of_names(modules)
    unknown = []
    for module in modules:
        if not module.takes_patterns:
            continue
        for name in module.assigned & module.values.keys():
            value = module.values[name]
            for pattern in find_patterns(value):
                places[pattern][f"{module.path} {name}"] = None
                modes[pattern] |= uses.modes(module.name, name, is_inside=not isinstance(value, PATTERNS))
        for call in module.calls:
            try:
                found = list(call.patterns())
            except UnknownValue:
                if not call.is_kept:
                    unknown.append(f"{call.where} {ast.unparse(call.node)}")
                continue
            for pattern in found:
                places[pattern][call.where] = None
                modes[pattern] |= {call.mode} if call.mode else uses.on_others[module.name] if call.is_inside else set()
    expressions = (
        Expression(pattern, ", ".join(where), tuple(sorted(modes[pattern] or {"search"})))
        for pattern, where in places.items()
    )
    return Found(tuple(sorted(expressions, key=lambda expression: expression.where)), tuple(unknown))


def source_files() -> list[Path]:
    return sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def find_patterns(value: object, depth: int = 4) -> Iterator[AnyPattern]:
    """The compiled patterns in a value: in its items, its fields, the arguments that are bound to it."""
    inner: Iterator[object] = iter(())
    if isinstance(value, PATTERNS):
        yield value.compile() if isinstance(value, LazyPattern) else value
    elif isinstance(value, Mapping):
        inner = itertools.chain(value.keys(), value.values())
    elif isinstance(value, tuple | list | set | frozenset):
        inner = iter(value)
    elif isinstance(value, partial):
        inner = iter((value.func, value.args, value.keywords))
    elif isinstance(value, type):
        inner = iter(list(vars(value).values())) if value.__module__.partition(".")[0] in PACKAGES else inner
    elif is_dataclass(value):
        inner = (getattr(value, field.name, None) for field in fields(value))
    elif isinstance(getattr(value, "__self__", None), re.Pattern):
        inner = iter((value.__self__,))  # type: ignore[attr-defined]  # a bound method: `_WORD.findall`
    if depth:
        for part in inner:
            yield from find_patterns(part, depth - 1)


class _Module:
    """A source file: its syntax tree, and its values once they are asked for."""

    def __init__(self, path: Path) -> None:
        source = path.read_text(encoding="utf-8")
        self.name = module_name(path)
        self.path = str(path.relative_to(ROOT))
        self.tree = ast.parse(source)
        self.nodes = list(ast.walk(self.tree))
        # The maker's own pattern is that of its callers.
        self.takes_patterns = self.name != LazyPattern.__module__ and (
            "import re\n" in source or any(f"{name}(" in source for name in (*HANDLERS, *MAKERS))
        )

    @property
    def values(self) -> Mapping[str, Any]:
        return vars(importlib.import_module(self.name))

    @property
    def assigned(self) -> set[str]:
        """The names that the module itself gives a value."""
        names: set[str] = set()
        for statement in self.tree.body:
            if isinstance(statement, ast.ClassDef):
                names.add(statement.name)
            elif not isinstance(statement, _FUNCTIONS):
                names |= _stored(statement)
        return names

    @property
    def calls(self) -> Iterator[_Call]:
        """The calls that take a pattern."""
        for statement in self.tree.body:
            nodes = list(ast.walk(statement))
            found = [node for node in nodes if isinstance(node, ast.Call) and _Call(self, node, statement).pattern]
            if not found:
                continue
            functions = [node for node in nodes if isinstance(node, _FUNCTIONS)]
            inside = {id(node): function for function in functions for node in ast.walk(function)}
            for node in found:
                yield _Call(self, node, inside.get(id(node), statement))


class _Uses:
    """The modes in which patterns are used, by the names that they go by in each module."""

    def __init__(self) -> None:
        self.direct = defaultdict[tuple[str, str], set[str]](set)
        self.passed_on = defaultdict[tuple[str, str], set[str]](set)
        self.on_others = defaultdict[str, set[str]](set)  # on no name of the module: parameters, loop variables

    def modes(self, module: str, name: str, *, is_inside: bool) -> set[str]:
        """The modes of the pattern of this name, or of patterns inside of the value of this name."""
        return self.passed_on[module, name] | (set() if is_inside else self.direct[module, name])


def _uses_of_names(modules: list[_Module]) -> _Uses:
    uses = _Uses()
    for module in modules:
        homes = {name: (module.name, name) for name in module.assigned}
        for node in module.nodes:
            if isinstance(node, ast.ImportFrom) and node.module and not node.level:
                homes |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
        receivers = set()
        for node in module.nodes:
            if isinstance(node, ast.Attribute) and node.attr in MODES:
                name = node.value.id if isinstance(node.value, ast.Name) else ""
                receivers.add(id(node.value))
                if name in homes:
                    uses.direct[homes[name]].add(MODES[node.attr])
                elif name != "re" and node.attr != "split":  # `split` is rather a text's
                    uses.on_others[module.name].add(MODES[node.attr])
        for node in module.nodes:
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in receivers:
                uses.passed_on[homes.get(node.id, ("", ""))] |= uses.on_others[module.name]
    return uses


@dataclass(frozen=True, slots=True)
class _Call:
    """A call, and its function or statement."""

    module: _Module
    node: ast.Call
    scope: ast.stmt

    @property
    def where(self) -> str:
        return f"{self.module.path}:{self.node.lineno}"

    @property
    def is_inside(self) -> bool:
        """Whether it is inside a function."""
        return isinstance(self.scope, _FUNCTIONS)

    @property
    def _function(self) -> str:
        """The name of the called function, if it takes a pattern."""
        called = self.node.func
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "re":
            return called.attr if called.attr in MODES or called.attr == "compile" else ""
        name = called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""
        return "compile" if name in MAKERS else name if name in HANDLERS else ""

    @property
    def mode(self) -> str | None:
        return MODES.get(self._function) or HANDLERS.get(self._function)

    @property
    def pattern(self) -> ast.expr | None:
        named = next((keyword.value for keyword in self.node.keywords if keyword.arg == "pattern"), None)
        if not self._function or named is not None:
            return named if self._function else None
        index = 1 if self._function.endswith("Handler") else 0
        return self.node.args[index] if len(self.node.args) > index else None

    @property
    def is_kept(self) -> bool:
        """Whether the patterns that the call makes are among the module's values."""
        names: set[str] = set()
        if isinstance(self.scope, _FUNCTIONS):
            maker = self.scope.name
            for statement in self.module.tree.body:
                if any(isinstance(node, ast.Call) and _is_named(node.func, maker) for node in ast.walk(statement)):
                    names |= _stored(statement)
        else:
            names = _stored(self.scope)
        return any(True for name in names for _ in find_patterns(self.module.values.get(name)))

    def patterns(self) -> Iterator[AnyPattern]:
        """The patterns that the call may take or make.

        Raises:
            UnknownValue: that can't be worked out.
        """
        flags_of = [*self.node.args[1:2]] if self._function == "compile" else []
        flags_of += [keyword.value for keyword in self.node.keywords if keyword.arg == "flags"]
        is_method = self._function in MODES
        if is_method and len(self.node.args) > _FLAGS_AT[self._function]:
            flags_of.append(self.node.args[_FLAGS_AT[self._function]])
        values = _Values(self.module.values, self.scope)
        flags = values.of(flags_of[0])[0] if flags_of else 0
        assert self.pattern is not None
        for value in values.of(self.pattern):
            yield value if isinstance(value, re.Pattern) else re.compile(value, flags)


# The position of the argument `flags` in each function of `re`.
_FLAGS_AT = {
    "match": 2, "fullmatch": 2, "search": 2, "finditer": 2, "findall": 2, "split": 3, "sub": 4, "subn": 4,
}  # fmt: skip


def _is_named(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _stored(statement: ast.stmt) -> set[str]:
    """The names that the statement gives a value, without those of comprehensions."""
    stored = {
        id(node): node.id
        for node in ast.walk(statement)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    for comprehension in ast.walk(statement):
        if isinstance(comprehension, ast.comprehension):
            for node in ast.walk(comprehension.target):
                stored.pop(id(node), None)
    return set(stored.values())


class _Values:
    """Evaluates an expression of the source, from the module's values and the local definitions."""

    def __init__(self, values: Mapping[str, Any], scope: ast.stmt) -> None:
        self._values = values
        self._scope = scope

    def of(self, node: ast.expr) -> list[Any]:
        """Each value that the expression may have.

        Raises:
            UnknownValue: the value is known at run time only.
        """
        try:
            return [eval(compile(ast.Expression(node), "source", "eval"), dict(self._values))]  # noqa: S307
        except Exception:  # noqa: BLE001 - any error: the parts are evaluated instead
            return self._of_parts(node)

    def _of_parts(self, node: ast.expr) -> list[Any]:
        match node:
            case ast.JoinedStr(values=parts):
                return ["".join(choice) for choice in itertools.product(*map(self.of, parts))]
            case ast.FormattedValue(value=inner, format_spec=None):
                return [str(value) for value in self.of(inner)]
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return [a + b for a in self.of(left) for b in self.of(right)]
            case ast.IfExp(body=body, orelse=orelse):
                return [*self.of(body), *self.of(orelse)]
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr="escape")):
                return [SAMPLE]
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(mark)), attr="join"), args=[parts]):
                return [mark.join(value) for value in self.of(parts)]
            case ast.ListComp(elt=item, generators=[loop]) | ast.GeneratorExp(elt=item, generators=[loop]) if loop.ifs:
                every = ast.comprehension(loop.target, loop.iter, [], loop.is_async)
                return self.of(ast.copy_location(ast.ListComp(item, [every]), node))
            case ast.Subscript(value=table):
                return [value for known in self.of(table) if isinstance(known, Mapping) for value in known.values()]
            case ast.Name(id=name):
                return list(self._defined(name))
        raise UnknownValue(ast.unparse(node))

    def _defined(self, name: str) -> Iterator[Any]:
        """Yield the values that the local name may have."""
        is_known = False
        for node in ast.walk(self._scope):
            match node:
                case ast.Assign(targets=[ast.Name(id=target)], value=value) if target == name:
                    is_known = True
                    yield from self.of(value)
                case ast.For(target=ast.Name(id=target), iter=ast.Tuple(elts=items)) if target == name:
                    is_known = True
                    yield from itertools.chain.from_iterable(map(self.of, items))
                case ast.For(target=ast.Name(id=target), iter=items) if target == name:
                    is_known = True
                    yield from itertools.chain.from_iterable(self.of(items))
        if not is_known:
            raise UnknownValue(name)
