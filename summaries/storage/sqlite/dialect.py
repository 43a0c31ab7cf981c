"""Translate the shared SQL, which is written for PostgreSQL, for SQLite.

| shared statement | in SQLite | why |
|---|---|---|
| `%(name)s`, `%s` | `:name`, `?` | placeholders |
| `x = ANY(%(ids)s::bigint[])` | `x IN (SELECT value FROM json_each(:ids))` | a list as one value |
| `x <> ALL(%(ids)s::bigint[])` | `x NOT IN (SELECT value FROM json_each(:ids))` | a list as one value |
| `x = ANY(b.article_ids)` | `x IN (SELECT value FROM json_each(b.article_ids))` | a column that holds a list |
| `json_array_elements(`, `…_text(` | `json_each(` | many rows as one value; `value ->> 0` is the same in both |
| `cardinality(b.article_ids)` | `json_array_length(b.article_ids)` | a column that holds a list |
| `json_agg(`, `json_build_array(` | `json_group_array(`, `json_array(` | many rows as one result |
| `FOR UPDATE OF a SKIP LOCKED` | | one writer has the whole file |
| `::timestamptz`, `::bigint[]` | | columns have no strict types |

A statement with any other construct of PostgreSQL raises `UntranslatedSql`.
"""

from __future__ import annotations

import re
from functools import lru_cache

_LIST = r"\(\s*(%\(\w+\)s|%s|[a-z]\w*\.\w+)(?:::\w+\[\])?\s*\)"
# In this order: lists before placeholders and casts, which they contain.
_RULES = (
    (re.compile(rf"<> ALL\s?{_LIST}"), r"NOT IN (SELECT value FROM json_each(\1))"),
    (re.compile(rf"= ANY\s?{_LIST}"), r"IN (SELECT value FROM json_each(\1))"),
    (re.compile(r"\bjson_array_elements(?:_text)?\("), "json_each("),
    (re.compile(r"\bcardinality\("), "json_array_length("),
    (re.compile(r"\bjson_agg\("), "json_group_array("),
    (re.compile(r"\bjson_build_array\("), "json_array("),
    (re.compile(r"\bFOR (?:NO KEY )?UPDATE(?: OF \w+)?(?: SKIP LOCKED)?|\bFOR KEY SHARE"), ""),
    (re.compile(r"::\w+(?:\[\])?"), ""),
    (re.compile(r"%\((\w+)\)s"), r":\1"),
    (re.compile(r"%s"), "?"),
)
# PostgreSQL's constructs that SQLite would refuse or, worse, read differently.
_UNKNOWN = re.compile(
    r"%|::|@@|~\*"
    r"|\b(?:ANY|ALL|ARRAY|least|greatest|unnest|array_agg|ctid|LATERAL|ILIKE|interval|now)\s?[(\[]"
    r"|\b(?:ctid|LATERAL|ILIKE|DISTINCT ON|FOR UPDATE|SKIP LOCKED)\b|\bSELECT FROM\b|'-?infinity'",
    re.IGNORECASE,
)


class UntranslatedSql(ValueError):
    """A shared statement has a construct that SQLite does not know: write it otherwise, or in the engine."""


@lru_cache(maxsize=1024)
def dialect(sql: str) -> str:
    """Return the statement for SQLite.

    Raises:
        UntranslatedSql: see there.
    """
    for pattern, replacement in _RULES:
        sql = pattern.sub(replacement, sql)
    if unknown := _UNKNOWN.search(sql):
        raise UntranslatedSql(f"{unknown.group()!r} has no translation for SQLite in: {sql}")
    return sql
