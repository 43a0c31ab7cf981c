"""BMKG warnings, from its documents to the chat."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from bot.sandbox import HAZARDS
from tests.e2e.conftest import ANSWER_S, World, html
from tests.summaries.warnings.documents import write_cap, write_latest, write_list, write_quake


def test_warnings_of_the_chosen_place_arrive(world: World) -> None:
    origin, now = f"{world.server.url}{HAZARDS}", datetime.now(UTC)
    quake = write_latest(write_quake(DateTime=now.isoformat()))
    end = (now + timedelta(hours=2)).isoformat()
    documents = {
        **{f"DataMKG/TEWS/{key}.json": quake for key in ("autogempa", "gempaterkini", "gempadirasakan")},
        "alerts/nowcast/id": write_list(f"{origin}/alerts/nowcast/id/CJI001_alert.xml"),
        "alerts/nowcast/id/CJI001_alert.xml": write_cap(sent=now.isoformat(), expires=end),
    }
    world.server.sandbox.read_hazards = lambda path: ("application/xml", documents[path].decode())
    reader = world.person()
    with world.bot(SANDBOX_BMKG_URL=origin):
        (shown,) = reader.exchange("/peringatan Kab. Malang")
        assert "Tempat: Kabupaten Malang" in shown["text"]
        event, deadline = reader.screen()["event"], time.monotonic() + ANSWER_S
        while len(found := reader.feed(event)) < 2 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert {message["text"].split("\n")[0] for message in found} == {
            "Gempa magnitudo 5,1",
            "Hujan Lebat disertai Petir di Jawa Timur",
        }
        assert all("Sumber: BMKG, " in message["text"] for message in found)
        assert all("<b>" in html(message) for message in found)
