"""BMKG warnings, from its documents to the chat."""

from __future__ import annotations

import time
from functools import partial

from bot.cli.sample_hazards import CYCLE_S, LISTED_AFTER_S, read_document
from bot.sandbox import HAZARDS
from tests.e2e.conftest import World, html


def test_warnings_of_the_chosen_place_arrive(world: World) -> None:
    sandbox, origin = world.server.sandbox, f"{world.server.url}{HAZARDS}"
    # The events of the cycle have just been listed.
    listed_s = (sandbox.time() // CYCLE_S) * CYCLE_S + LISTED_AFTER_S
    sandbox.read_hazards = partial(read_document, origin=origin, now_s=listed_s)
    reader = world.person()
    with world.bot(SANDBOX_BMKG_URL=origin):
        (shown,) = reader.exchange("/peringatan Kota Malang")
        assert "Tempat: Kota Malang" in shown["text"]
        event = reader.screen()["event"]
        while len(found := reader.feed(event)) < 2:
            time.sleep(0.02)
        texts = [message["text"] for message in found]
        assert {text.split("\n")[0] for text in texts} == {
            "Gempa magnitudo 5,2",
            "Hujan Lebat disertai Petir di Jawa Timur (contoh)",
        }
        assert all("Sumber: BMKG, " in text for text in texts)
        assert all("<b>" in html(message) for message in found)
