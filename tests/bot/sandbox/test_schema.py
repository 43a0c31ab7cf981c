"""The description of the API as it is read from aiogram's source."""

from __future__ import annotations

from contextlib import suppress

import pytest
from pydantic_core import ValidationError

from bot.sandbox.schema import _root, find_method, resolve, type_fields, validator
from tests.bot.sandbox.conftest import result_validator


def _parts(schema: object) -> list[str]:
    if isinstance(schema, dict):
        return [str(schema.get("type")), *(p for value in schema.values() for p in _parts(value))]
    return [p for item in schema for p in _parts(item)] if isinstance(schema, list | tuple) else []


def _names(package: str) -> list[str]:
    """The classes of the package, by aiogram's rule for file names."""
    return ["".join(map(str.capitalize, p.stem.split("_"))) for p in (_root() / package).glob("*.py")]


def test_every_method_is_understood() -> None:
    names = [name[0].lower() + name[1:] for name in _names("methods")]
    methods = {name: fields for name in names if (fields := find_method(name)) is not None}
    for name, fields in methods.items():
        for field in fields.values():
            assert "any" not in _parts(field), name
            validator(field["schema"])
        with pytest.raises(ValidationError):
            result_validator(name).validate_python(object())
    assert len(methods) > 180


def test_every_type_is_understood() -> None:
    understood = set()
    for name in _names("types"):
        with suppress(KeyError):
            assert "any" not in _parts(resolve(name)), name
            understood.add(name)
    assert len(understood) > 250
    assert {"Update", "Message", "InlineKeyboardButton", "ReplyParameters"} <= understood


@pytest.mark.parametrize("name", ["sendmessage", "SendMessage", "send_message", "base", "", "../types/user"])
def test_other_name_is_not_a_method(name: str) -> None:
    assert find_method(name) is None


def test_schema_has_required_fields_and_choices() -> None:
    send = find_method("sendMessage")
    assert send
    assert send["text"]["required"]
    assert not send["parse_mode"]["required"]
    assert send["parse_mode"]["schema"]["type"] == "str"
    assert "from" in type_fields("Message")
    assert "from_user" not in type_fields("Message")
    kind = type_fields("BotCommandScopeChat")["type"]
    assert kind["schema"] == {"type": "literal", "expected": ["chat"]}
    assert kind["required"]
