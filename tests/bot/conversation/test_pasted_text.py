"""Pieces of a pasted text become one again."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from telegram import Chat, Message, User

from bot.conversation.pasted_text import MIN_CUT_LENGTH, PastedTextJoiner, join_pieces

LONG = "Kalimat panjang. " * 300


def make_message(number: int, text: str, user_id: int = 1) -> Message:
    return Message(
        number, datetime(2026, 11, 23, tzinfo=UTC), Chat(7, "group"), User(user_id, "Pembaca", is_bot=False), text=text
    )


async def test_short_text_is_complete_immediately() -> None:
    assert await PastedTextJoiner(patience_s=60).collect(make_message(1, "halo"), "halo") == "halo"


async def test_long_text_waits_for_the_rest() -> None:
    joiner = PastedTextJoiner(patience_s=0.05)
    whole = asyncio.create_task(joiner.collect(make_message(1, LONG), LONG.strip()))
    await asyncio.sleep(0)
    assert joiner.try_append(make_message(3, "tiga.")) is True
    assert joiner.try_append(make_message(2, "dua tanpa titik")) is True
    # Text from somebody else, and earlier text, is not joined.
    assert joiner.try_append(make_message(4, "dari orang lain", user_id=2)) is False
    assert joiner.try_append(make_message(0, "sebelumnya")) is False
    assert await whole == LONG.strip() + "\ndua tanpa titik tiga."
    assert joiner.try_append(make_message(5, "sesudahnya")) is False


async def test_long_text_without_a_rest_is_complete_after_the_timeout() -> None:
    text = "x" * MIN_CUT_LENGTH
    assert await PastedTextJoiner(patience_s=0.01).collect(make_message(1, text), text) == text


@pytest.mark.parametrize(
    ("pieces", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a b"),
        (["Satu.", "Dua"], "Satu.\nDua"),
        (["“Ya.”", "Ia pergi"], "“Ya.”\nIa pergi"),
    ],
)
def test_pieces_are_joined(pieces: list[str], text: str) -> None:
    assert join_pieces(pieces) == text
