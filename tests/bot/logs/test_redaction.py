"""Names and texts of a person are masked while their update is handled."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs.pipeline import MASK, keeping_private, masked, private_strings, strings_of

UPDATE = {
    "update_id": 7,
    "message": {
        "message_id": 3,
        "from": {"id": 5, "is_bot": False, "first_name": "Ratna", "username": "ratna_s", "language_code": "id"},
        "chat": {"id": -5, "type": "group", "title": "Warga RT 05"},
        "text": "/ringkas https://kabar.example/a\nHarga beras turun",
        "entities": [{"type": "bot_command", "offset": 0, "length": 8}],
    },
}


def test_private_strings_include_texts_links_and_names_but_not_commands() -> None:
    assert strings_of(UPDATE) == (
        "https://kabar.example/a\nHarga beras turun",
        "https://kabar.example/a",
        "Harga beras turun",
        "Warga RT 05",
        "ratna_s",
        "Ratna",
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Ratna asked", f"{MASK} asked"),
        ("Ratnawati asked", "Ratnawati asked"),
        ("got 'Harga beras turun'!", f"got '{MASK}'!"),
        ("nothing", "nothing"),
    ],
)
def test_private_strings_are_masked(line: str, expected: str) -> None:
    assert masked(line, strings_of(UPDATE)) == expected


@given(st.text(min_size=2), st.text(), st.text())
def test_no_private_word_remains(text: str, before: str, after: str) -> None:
    strings = strings_of({"text": text})
    line = masked(f"{before} {text} {after}", strings)
    for string in strings:
        assert string not in line.split() or string in MASK


async def test_masking_is_limited_to_the_update_task() -> None:
    seen: dict[str, tuple[str, ...]] = {}

    async def work(name: str) -> None:
        with keeping_private(lambda: {"text": name}):
            await asyncio.sleep(0)
            seen[name] = await asyncio.create_task(later())

    async def later() -> tuple[str, ...]:
        return private_strings()

    await asyncio.gather(work("satu"), work("dua"))
    assert seen == {"satu": ("satu",), "dua": ("dua",)}
    assert private_strings() == ()


def test_deeply_nested_update_is_bounded() -> None:
    update: dict[str, object] = {"text": "dalam"}
    for _ in range(100):
        update = {"reply_to_message": update, "text": "luar"}
    assert strings_of(update) == ("luar",)
