"""What a chat sets for itself: language and digest, by buttons and by words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Person, World


@pytest.fixture(scope="module", autouse=True)
def bot(world: World) -> Iterator[None]:
    with world.bot():
        yield


@pytest.fixture
def reader(world: World) -> Person:
    return world.person()


def test_the_apps_language_is_spoken_until_the_chat_chooses_one(world: World, reader: Person) -> None:
    assert "Kirim tautan atau teks berita" in reader.say("halo")[0]
    world.http.post("/sim/users", json={"user_id": reader.chat_id, "language_code": "en-GB"})
    assert "Send me a link or the text" in reader.say("hello")[0]
    (asked,) = reader.exchange("/bahasa")
    assert asked["text"] == "I speak English here. Choose another language:"
    assert [[b["text"] for b in row] for row in asked["keyboard"]] == [["Bahasa Indonesia", "✓ English"]]
    (edited,) = reader.press(asked, "Bahasa Indonesia")["messages"]
    assert edited["message_id"] == asked["message_id"]
    assert edited["text"] == "Saya berbahasa Indonesia di sini. Pilih bahasa lain:"
    # A second press on what is chosen already changes nothing, and is answered.
    assert reader.press(edited, "✓ Bahasa Indonesia")["toasts"]
    assert "Kirim tautan atau teks berita" in reader.say("halo")[0]
    assert reader.say("/language english") == ["I speak English here. Choose another language:"]
