"""Handlers reach the rows of chats only with a proof of access, and make no proofs themselves."""

from __future__ import annotations

import ast
import inspect
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
# The modules that an update reaches: everything below the handlers that may know a chat.
HANDLERS = sorted(
    [
        *PACKAGE.glob("handlers/*.py"),
        *PACKAGE.glob("panel/*.py"),
        *PACKAGE.glob("views/*.py"),
        PACKAGE / "commands.py",
    ]
)
# Without a proof of access, because they hold nothing of a chat or a person.
OF_EVERYBODY = {"news", "stories", "queries", "sources", "figures"}
PROOFS = {"Access", "MemberAccess", "AdminAccess", "PersonAccess", "OperatorAccess", "Migration"}
# Whether the bot is in a channel whose post was forwarded; how a broadcast that is known already is doing.
WITHOUT_PROOF = {("ChatMemberships", "is_bot_in"), ("Broadcasts", "now")}
# Where Telegram itself is the reason, or the update as such is: each has one user.
GRANTED_BY_UPDATES = {
    "grant_member_access": "handlers/context.py",
    "grant_to_bot": "handlers/membership.py",
    "grant_private_chat": "handlers/membership.py",
    "read_migration": "handlers/membership.py",
}
FORBIDDEN = {"_store", "_SEAL", "__new__", "composing", "delivery", "alerting", "broadcasting", "outbox"}


def where(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def names_of(path: Path) -> Iterator[str]:
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


@pytest.mark.parametrize("path", HANDLERS, ids=where)
def test_no_handler_goes_round_the_guards(path: Path) -> None:
    used = set(names_of(path))
    assert used & FORBIDDEN == set()
    assert {name for name in used if name.startswith(("from summaries.storage", "from summaries.ports"))} == set()
    assert {name for name, module in GRANTED_BY_UPDATES.items() if name in used and module != where(path)} == set()
    # Only messages that answer no update may find a language by a chat's plain id.
    assert "for_chat_id" not in used


@pytest.mark.parametrize(
    "path", [path for path in sorted(PACKAGE.rglob("*.py")) if where(path) != "access/chat_admins.py"], ids=where
)
def test_proofs_are_made_in_one_module(path: Path) -> None:
    calls = (node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))
    made = {func.id if isinstance(func, ast.Name) else getattr(func, "attr", "") for func in calls}
    assert made & (PROOFS - {"Access"}) == set()


GUARDS: list[Any] = Guard.__subclasses__()


def methods(guard: Any) -> Iterator[tuple[str, list[inspect.Parameter]]]:
    """The methods that need a proof, and their parameters."""
    for name, function in inspect.getmembers(guard, inspect.isfunction):
        if not name.startswith("_") and (guard.__name__, name) not in WITHOUT_PROOF:
            yield name, list(inspect.signature(function).parameters.values())[1:]


def test_every_store_of_chats_asks_for_a_proof() -> None:
    stores = vars(GuardedStore(cast("Any", NoStore())))
    assert {name for name, store in stores.items() if not isinstance(store, Guard)} == OF_EVERYBODY
    assert {type(store) for name, store in stores.items() if name not in OF_EVERYBODY} == set(GUARDS)
    for guard in GUARDS:
        assert [field.name for field in fields(guard)] == ["_store"]
        for name, parameters in methods(guard):
            # The guards of `for_id` are generic in the proof, which is the parameter of the check.
            assert parameters[0].annotation in PROOFS | {"Proof"}, f"{guard.__name__}.{name}"


def test_services_offer_no_other_store() -> None:
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
async def test_value_that_is_no_proof_is_refused_before_the_store_is_called(forged: object) -> None:
    for guard in GUARDS:
        for name, parameters in methods(guard):
            others = [None for p in parameters[1:] if p.kind is p.POSITIONAL_OR_KEYWORD]
            named = {p.name: None for p in parameters if p.kind is p.KEYWORD_ONLY}
            with pytest.raises(TypeError, match=type(forged).__name__):
                await getattr(guard(NoStore()), name)(forged, *others, **named)


async def test_a_proof_for_one_chat_changes_no_other() -> None:
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


async def test_handlers_learn_of_a_channel_only_whether_the_bot_is_in_it() -> None:
    class Unknown:
        async def find(self, chat_id: int) -> None:
            return None

    assert await ChatMemberships(cast("Any", Unknown())).is_bot_in(admin_access(-9).chat) is False
