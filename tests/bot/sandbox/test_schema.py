"""The description of the API as it is read from aiogram's source."""

from __future__ import annotations

import pytest

from bot.sandbox.schema import (
    ANYTHING,
    ArrayOf,
    Choice,
    Kind,
    ObjectType,
    OneOf,
    Ref,
    Scalar,
    _root,
    find_method,
    resolve,
)


def _visit(kind: Kind | ObjectType, seen: set[str]) -> None:
    match kind:
        case Ref(name) if name not in seen:
            seen.add(name)
            _visit(resolve(name), seen)
        case ObjectType(fields=fields):
            for field in fields.values():
                assert field.kind != ANYTHING, f"{kind.name}.{field.name} is not understood"
                _visit(field.kind, seen)
        case OneOf(options):
            for option in options:
                _visit(option, seen)
        case ArrayOf(item):
            _visit(item, seen)


def _method_name(module: str) -> str:
    first, *rest = module.split("_")
    return first + "".join(map(str.capitalize, rest))


def test_every_method_and_type_is_understood() -> None:
    seen: set[str] = set()
    methods = list(filter(None, (find_method(_method_name(p.stem)) for p in (_root() / "methods").glob("*.py"))))
    for method in methods:
        assert method.returns != ANYTHING, method.name
        for kind in [method.returns, *(f.kind for f in method.fields.values())]:
            _visit(kind, seen)
    assert len(methods) > 180
    assert len(seen) > 250
    assert {"Update", "Message", "InlineKeyboardButton", "ReplyParameters"} <= seen | {"Update"}


@pytest.mark.parametrize("name", ["sendmessage", "SendMessage", "send_message", "base", "", "../types/user"])
def test_other_names_are_no_methods(name: str) -> None:
    assert find_method(name) is None


def test_details_of_the_description() -> None:
    send = find_method("sendMessage")
    assert send
    assert send.fields["text"].is_required
    assert not send.fields["parse_mode"].is_required
    assert send.fields["parse_mode"].kind == Scalar("str")
    assert send.fields["reply_to_message_id"].is_deprecated
    assert send.returns == Ref("Message")
    message = resolve("Message")
    assert isinstance(message, ObjectType)
    assert "from" in message.fields
    assert "from_user" not in message.fields
    scope = resolve("BotCommandScopeChat")
    assert isinstance(scope, ObjectType)
    assert scope.fields["type"].kind == Choice(("chat",))
    assert scope.fields["type"].is_required
