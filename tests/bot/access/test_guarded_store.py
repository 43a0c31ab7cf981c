"""Handlers reach the rows of chats only with a proof of access, and make no proofs themselves."""

from __future__ import annotations

import ast
import inspect
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any, cast

import pytest

import bot
from bot.access.guarded_store import ChatMemberships, Chats, Guard, GuardedStore, Questions, Subscriptions
from bot.services import Services
from summaries.model import ChatRef, ChatSettings, OpenQuestion, Subscription
from tests.bot.grants import NOW, admin_access, member_access

PACKAGE = Path(next(iter(bot.__path__)))
# The modules that an update reaches and that may know a chat.
HANDLERS = sorted(
    [
        *PACKAGE.glob("handlers/*.py"),
        *PACKAGE.glob("panel/*.py"),
        *PACKAGE.glob("views/*.py"),
        PACKAGE / "commands.py",
    ]
)
# Repositories without data of a chat or a person need no proof of access.
OF_EVERYBODY = {"hazards", "news", "stories", "queries", "sources", "figures"}
PROOFS = {"Access", "MemberAccess", "AdminAccess", "PersonAccess", "OperatorAccess", "Migration"}
# These answer only whether the bot is in the channel of a forwarded post, and how far a known broadcast is.
WITHOUT_PROOF = {("ChatMemberships", "is_bot_in"), ("Broadcasts", "now")}
# Access that the update itself proves. Each function has one caller.
GRANTED_BY_UPDATES = {
    "grant_member_access": "handlers/context.py",
    "grant_to_bot": "handlers/membership.py",
    "grant_private_chat": "handlers/membership.py",
    "read_migration": "handlers/membership.py",
}
FORBIDDEN = {"_store", "_SEAL", "__new__", "composing", "delivery", "alerting", "broadcasting", "outbox"}


def relative_path(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def names_in(path: Path) -> Iterator[str]:
    """Every attribute, name and imported module or name in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Attribute(attr=name) | ast.Name(id=name):
                yield name
            case ast.ImportFrom(module=module, names=names):
                yield f"from {module}"
                yield from (alias.name for alias in names)
            case ast.Import(names=names):
                yield from (f"from {alias.name}" for alias in names)
            case _:
                pass


@pytest.mark.parametrize("path", HANDLERS, ids=relative_path)
def test_handler_does_not_bypass_the_guards(path: Path) -> None:
    used = set(names_in(path))
    assert used & FORBIDDEN == set()
    assert {name for name in used if name.startswith(("from summaries.storage", "from summaries.ports"))} == set()
    assert {
        name for name, module in GRANTED_BY_UPDATES.items() if name in used and module != relative_path(path)
    } == set()
    # Only messages that answer no update may find a language by a chat's plain id.
    assert "for_chat_id" not in used


def test_proofs_are_constructed_in_one_module() -> None:
    places = defaultdict[str, set[str]](set)
    for path in PACKAGE.rglob("*.py"):
        calls = (node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
        for func in calls:
            name = func.id if isinstance(func, ast.Name) else getattr(func, "attr", "")
            places[name].add(relative_path(path))
    assert {place for proof in PROOFS - {"Access"} for place in places[proof]} == {"access/chat_admins.py"}


GUARDS: list[Any] = Guard.__subclasses__()


def guarded_methods(guard: Any) -> Iterator[tuple[str, list[inspect.Parameter]]]:
    """The methods that need a proof, and their parameters."""
    for name, function in inspect.getmembers(guard, inspect.isfunction):
        if not name.startswith("_") and (guard.__name__, name) not in WITHOUT_PROOF:
            yield name, list(inspect.signature(function).parameters.values())[1:]


def test_every_chat_store_requires_a_proof() -> None:
    stores = vars(GuardedStore(cast("Any", NoStore())))
    assert {name for name, store in stores.items() if not isinstance(store, Guard)} == OF_EVERYBODY
    assert {type(store) for name, store in stores.items() if name not in OF_EVERYBODY} == set(GUARDS)
    for guard in GUARDS:
        assert [field.name for field in fields(guard)] == ["_store"]
        for name, parameters in guarded_methods(guard):
            # The guards of `for_id` are generic in the proof, which is the parameter of the check.
            assert parameters[0].annotation in PROOFS | {"Proof"}, f"{guard.__name__}.{name}"


def test_services_expose_only_the_guarded_store() -> None:
    kinds = {field.name: str(field.type) for field in fields(Services)}
    assert {name for name, kind in kinds.items() if "Store" in kind} == {"store", "_store"}
    assert kinds["store"] == "GuardedStore"


class NoStore:
    """Must not be asked."""

    def __getattr__(self, name: str) -> Any:
        def called(*_: object, **__: object) -> None:
            raise AssertionError(f"{name} was called")

        return called


@pytest.mark.parametrize("forged", [2002, "2002", ChatRef(2002), None], ids=repr)
async def test_invalid_proof_is_refused_before_the_store_is_called(forged: object) -> None:
    for guard in GUARDS:
        for name, parameters in guarded_methods(guard):
            others = [None for p in parameters[1:] if p.kind is p.POSITIONAL_OR_KEYWORD]
            named = {p.name: None for p in parameters if p.kind is p.KEYWORD_ONLY}
            with pytest.raises(TypeError, match=type(forged).__name__):
                await getattr(guard(NoStore()), name)(forged, *others, **named)


async def test_proof_for_one_chat_cannot_change_another() -> None:
    mine: Any = admin_access(1)
    with pytest.raises(ValueError, match="another chat"):
        await Chats(cast("Any", NoStore())).put(mine, ChatSettings(2), now=NOW)
    with pytest.raises(ValueError, match="another chat"):
        await Questions(cast("Any", NoStore())).close(member_access(1), OpenQuestion(2, 5, "times", 2, None, NOW))

    class Changing:
        async def change(self, chat_id: int, change: Any, **more: Any) -> Subscription:
            assert chat_id == 1
            return cast("Subscription", change(None))

    with pytest.raises(ValueError, match="another chat"):
        await Subscriptions(cast("Any", Changing())).change(
            mine, lambda _: Subscription(ChatRef(2), (), "Asia/Jakarta"), next_due=lambda _: None, now=NOW
        )


async def test_is_bot_in_an_unknown_channel_is_false() -> None:
    class Unknown:
        async def find(self, chat_id: int) -> None:
            return None

    assert await ChatMemberships(cast("Any", Unknown())).is_bot_in(admin_access(-9).chat) is False
