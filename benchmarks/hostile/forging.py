"""Presses and typed answers that an outsider forges, against a bot over a database of its own and the sandbox."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bot.panel.buttons import Question
from tests.bot.access.test_foreign_chats import (
    ANSWERS,
    CHANNEL,
    FOREIGN,
    FORGERIES,
    GROUP,
    OUTSIDER,
    SECRETS,
    Seeds,
    ask,
    foreign_rows,
    opened,
    panel_presses,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from tests.bot.stage import Called, Json

    Forge = Callable[[Seeds], Awaitable[list[list[Called]]]]

ANSWERING = frozenset({"answerCallbackQuery", "sendMessage"})
# The patterns of the buttons' data, in words.
NAMES = {
    "^b1:": "list", "^s1:": "panel of the chat", "^t1:": "topic", "^j1:": "shared schedule", "^n1:": "trends",
    "^w1:": "watch", "^k1:": "saved articles", "^h1:": "delete data", "^bc1:": "broadcast", "^l1:": "language",
    "^a1:": "answer", None: "unknown",
}  # fmt: skip


def cases() -> dict[str, Callable[[], str]]:
    """Each kind of button in the chats of others, the panel about chats of others, and typed answers about them."""
    return {
        **{f"button: {NAMES.get(kind, kind)}": partial(_bear, partial(_press, kind)) for kind in FORGERIES},
        "button: panel about another chat": partial(_bear, _press_about_others),
        "typed answers about another chat": partial(_bear, _answer),
    }


def _bear(forge: Forge) -> str:
    return asyncio.run(_counted(forge))


async def _counted(forge: Forge) -> str:
    with TemporaryDirectory() as folder:
        async with opened(Path(folder)) as seeds:
            before = foreign_rows(seeds.stage)
            forged = await forge(seeds)
            told = sum(any(secret in call.text.casefold() for call in calls for secret in SECRETS) for calls in forged)
            changed = sum(rows != before[table] for table, rows in foreign_rows(seeds.stage).items())
            answered = sum(any(call.method in ANSWERING for call in calls) for calls in forged)
            said = f"{len(forged)} sent, {answered} answered, {told} told, tables changed: {changed}"
            if told or changed or answered < len(forged):
                raise AssertionError(said)
            return said


async def _press(kind: str | None, seeds: Seeds) -> list[list[Called]]:
    """In a chat of one's own, as a member of a group, under a post in a channel, and without the message."""
    messages: list[Json] = [seeds.messages[where] for where in (OUTSIDER, GROUP, CHANNEL)]
    messages += [{"chat": seeds.stage.chat(GROUP), "message_id": 7, "date": 0}, {"inline_message_id": "AQAD"}]
    return await _pressed(seeds, ((message, data) for message in messages for data in FORGERIES[kind](seeds)))


async def _press_about_others(seeds: Seeds) -> list[list[Called]]:
    own = seeds.messages[OUTSIDER]
    return await _pressed(seeds, ((own, data) for target in FOREIGN for data in panel_presses(target)))


async def _pressed(seeds: Seeds, presses: Iterable[tuple[Json, str]]) -> list[list[Called]]:
    return [await seeds.stage.press(message, OUTSIDER, data) for message, data in presses]


async def _answer(seeds: Seeds) -> list[list[Called]]:
    made = []
    for kind in Question:
        for target in FOREIGN:
            asked = await ask(seeds, OUTSIDER, kind, target)
            made.append(await seeds.stage.say(OUTSIDER, OUTSIDER, ANSWERS[kind], reply_to_message=asked))
    return made
