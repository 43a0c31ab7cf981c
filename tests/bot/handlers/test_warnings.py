"""/peringatan: places, settings, and the messages about events in the right hands and words."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest_asyncio

from bot.services import Services
from bot.telegram_text import visible_text
from bot.views.warnings import WarningPress, WarningVerb
from summaries.model import Earthquake, Hazard, Severity, WeatherWarning
from tests.bot.stage import BotCall, Json, Stage, list_buttons, open_stage

READER, OTHER, ADMIN, MEMBER, GROUP, TOPIC = 2001, 2002, 1001, 1002, -1001, 77
PLACES: tuple[Json, ...] = (
    {"type": "private", "chat_id": READER},
    {"type": "private", "chat_id": OTHER},
    {"type": "supergroup", "chat_id": GROUP, "admins": [ADMIN], "members": [MEMBER]},
)
ADMINS_ONLY = "Hanya admin grup atau kanal ini yang bisa mengubahnya."
NOW = datetime.fromisoformat("2026-11-24T13:55:00+07:00")
NOTE = "Pesan ini bisa terlambat atau tidak sampai, dan tidak menggantikan sistem peringatan resmi."
RING = ((-8.2, 112.4), (-8.2, 112.8), (-7.8, 112.8), (-7.8, 112.4), (-8.2, 112.4))


@pytest_asyncio.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(tmp_path, PLACES, lambda services: replace(services, now=lambda: NOW)) as made:
        yield made


def list_places(stage: Stage) -> list[tuple[int, str, float]]:
    return [(row["chat_id"], row["name"], row["radius_km"]) for row in stage.rows()["warning_places"]]


def settings_of(stage: Stage, chat_id: int) -> Json:
    (row,) = [row for row in stage.rows()["warning_settings"] if row["chat_id"] == chat_id]
    return row


def notes(calls: list[BotCall]) -> list[str]:
    return [call.parameters["text"] for call in calls if "text" in call.parameters]


async def report(stage: Stage, *changed: Hazard) -> list[BotCall]:
    """BMKG reports these events; return the calls of the bot."""
    services: Services = stage.app.bot_data.services
    kind = changed[0].kind
    await services._store.hazards.revise(kind, lambda _: changed, since=NOW, now=NOW)  # the reader's part
    return await stage.calls_of(stage.jobs.warn())


def make_quake(**fields: object) -> Hazard:
    content = Earthquake(
        NOW - timedelta(minutes=5), (-8.75, 112.6), 5.1, 42.0, "Pusat gempa berada di laut <68 km> selatan Malang",
        "Tidak berpotensi tsunami", "III Malang",
    )  # fmt: skip
    changed = replace(content, **fields)  # type: ignore[arg-type]  # any field
    return Hazard(0, 1, changed, NOW, NOW + timedelta(hours=12))


async def test_named_place_is_added_and_warnings_come_with_source_and_note(stage: Stage) -> None:
    (answer,) = await stage.say(READER, READER, "/peringatan Kota Malang")
    assert answer.shown == (
        "Peringatan BMKG\n\nTempat: Kota Malang\n"
        "Gempa: mulai magnitudo 4,0 dalam jarak 100 km, dan yang berpotensi tsunami dalam jarak 1.000 km\n"
        "Peringatan dini cuaca: ya\nPada jam tenang: tidak; dikirim sesudahnya bila masih berlaku\n\n"
        f"{NOTE} Data: BMKG; posisi: GeoNames (CC BY 4.0)."
    )
    assert list_places(stage) == [(READER, "Kota Malang", 10.0)]
    (sent,) = await report(stage, make_quake())
    assert sent.shown == (
        "Gempa magnitudo 5,1\nPusat gempa berada di laut <68 km> selatan Malang\n"
        "13.50 WIB · kedalaman 42 km · sekitar 86 km dari Kota Malang\nTidak berpotensi tsunami\n"
        f"Dirasakan (MMI): III Malang\n\nSumber: BMKG, 13.55 WIB. {NOTE}"
    )
    assert await stage.calls_of(stage.jobs.warn()) == []
    # The revision edits the message.
    dangerous = make_quake(magnitude=7.2, potential="Berpotensi tsunami untuk diteruskan pada masyarakat")
    (edited,) = await report(stage, replace(dangerous, id=1, version=2))
    assert (edited.method, int(edited.parameters["message_id"])) == ("editMessageText", sent.result["message_id"])
    assert edited.shown.startswith("Gempa magnitudo 7,2\n")
    assert "<b>Berpotensi tsunami untuk diteruskan pada masyarakat</b>" in edited.parameters["text"]
    assert f"Sumber: BMKG, 13.55 WIB (diperbarui). {NOTE}" in edited.shown
    # An edit that changes nothing that is shown counts as done.
    (same,) = await report(stage, replace(dangerous, id=1, version=3))
    assert (same.method, same.status) == ("editMessageText", 400)
    assert await stage.calls_of(stage.jobs.warn()) == []
    # The button below shows the settings in a new message.
    calls = await stage.press(sent.result, READER, list_buttons(sent.result)["Atur peringatan"])
    assert calls[-1].shown.startswith("Peringatan BMKG\n\nTempat: Kota Malang")


async def test_weather_warning_is_shown_updated_and_cancelled(stage: Stage) -> None:
    await stage.say(READER, READER, "/peringatan Kota Malang")
    content = WeatherWarning(
        ("1",), NOW, "Hujan Lebat", "Hujan Lebat di Jawa Timur", "Hujan lebat di KLOJEN.", Severity.MODERATE,
        NOW + timedelta(minutes=5), ("Jawa Timur",), (RING,), (), "https://nowcasting.bmkg.go.id/infografis.jpg",
    )  # fmt: skip
    hazard = Hazard(0, 1, content, NOW, NOW + timedelta(hours=3))
    (sent,) = await report(stage, hazard)
    assert sent.shown == (
        "Hujan Lebat di Jawa Timur\nBerlaku 14.00 WIB sampai 16.55 WIB · Tempat Anda: Kota Malang\n"
        f"Hujan lebat di KLOJEN.\nPeta dari BMKG\n\nSumber: BMKG, 13.55 WIB. {NOTE}"
    )
    (shown,) = await stage.say(READER, READER, "/peringatan")
    assert "Sedang berlaku di sana:\n• Hujan Lebat di Jawa Timur, sampai 16.55 WIB" in shown.shown
    moved = replace(content, polygons=(((-7.0, 110.0), (-7.0, 110.2), (-6.8, 110.2)),))
    (edited,) = await report(stage, replace(hazard, id=1, version=2, content=moved))
    assert "Tempat Anda tidak lagi termasuk wilayah peringatan ini." in edited.shown
    (edited,) = await report(stage, replace(hazard, id=1, version=3, is_cancelled=True))
    assert edited.shown.startswith("Peringatan ini dibatalkan oleh BMKG.\n\nHujan Lebat di Jawa Timur")
    assert "<s>" in edited.parameters["text"]
    (shown,) = await stage.say(READER, READER, "/peringatan")
    assert "Sedang berlaku" not in shown.shown


async def test_buttons_change_the_settings(stage: Stage) -> None:
    (answer,) = await stage.say(READER, READER, "/peringatan Kab. Malang")
    message = answer.result
    changes = {
        "M 6+": ("min_magnitude", 6.0), "500 km": ("max_km", 500), "✓ Cuaca": ("has_weather", 0),
        "Yang berat juga pada jam tenang": ("wakes", 1), "Tanpa gempa": ("min_magnitude", None),
    }  # fmt: skip
    for label, (column, value) in changes.items():
        _, edited = await stage.press(message, READER, list_buttons(message)[label])
        message = edited.result
        assert settings_of(stage, READER)[column] == value, label
    assert "Gempa: tidak" in visible_text(message["text"])
    assert "500 km" not in list_buttons(message)
    _, edited = await stage.press(message, READER, list_buttons(message)["✕ Kabupaten Malang"])
    assert list_places(stage) == []
    # Forged values change nothing.
    for data in ("wp1:m:7", "wp1:d:9999", "wp1:c:2", "wp1:q:a"):
        assert notes(await stage.press(edited.result, READER, data)) == ["Tombol ini sudah tidak berlaku."], data
    await stage.press(message, READER, WarningPress(WarningVerb.STOP).encode())
    assert stage.rows()["warning_settings"] == []


async def test_place_is_asked_for_and_a_location_is_rounded(stage: Stage) -> None:
    (answer,) = await stage.say(READER, READER, "/peringatan")
    assert answer.shown.startswith("Peringatan BMKG\n\nSaya bisa mengirim info gempa")
    *_, asked = await stage.press(answer.result, READER, list_buttons(answer.result)["Tambah tempat"])
    assert asked.shown.startswith("Kabupaten atau kota mana?")
    (wrong,) = await stage.say(READER, READER, "Atlantis", reply_to_message=asked.result)
    assert wrong.shown == "Saya tidak mengenal kabupaten atau kota “Atlantis”. Tulis seperti: /peringatan Kota Malang"
    (abroad,) = await stage.say(READER, READER, "", location={"latitude": 52.4, "longitude": 4.9})
    assert abroad.shown.startswith("Saya belum mengenal tempat itu.")
    (added,) = await stage.say(READER, READER, "", location={"latitude": -7.977123, "longitude": 112.634567})
    assert "Tempat: dekat Kota Malang" in added.shown
    (row,) = stage.rows()["warning_places"]
    assert (row["latitude"], row["longitude"], row["region"]) == (-8.0, 112.65, None)
    for name in ("Kota Malang", "Sleman"):
        await stage.say(READER, READER, f"/peringatan {name}")
    (refused,) = await stage.say(READER, READER, "/peringatan Kota Batu")
    assert refused.shown == "Paling banyak 3 tempat; hapus satu dulu."
    assert len(list_places(stage)) == 3


async def test_province_is_no_place(stage: Stage) -> None:
    (refused,) = await stage.say(READER, READER, "/peringatan jawa timur")
    assert refused.shown.startswith("Saya tidak mengenal kabupaten atau kota “jawa timur”.")
    assert list_places(stage) == []


async def test_only_administrators_change_a_group_and_its_topic_gets_the_warnings(stage: Stage) -> None:
    assert notes(await stage.say(GROUP, MEMBER, "/peringatan Kota Malang")) == [ADMINS_ONLY]
    assert list_places(stage) == []
    topic = {"message_thread_id": TOPIC, "is_topic_message": True}
    *_, answer = await stage.say(GROUP, ADMIN, "/peringatan Kota Malang", **topic)
    assert settings_of(stage, GROUP)["thread_id"] == TOPIC
    message = await stage.posted(GROUP)
    press = WarningPress(WarningVerb.WAKE, "1").encode()
    assert notes(await stage.press(message, MEMBER, press)) == [ADMINS_ONLY]
    assert settings_of(stage, GROUP)["wakes"] == 0
    await stage.press(message, ADMIN, press)
    assert (settings_of(stage, GROUP)["wakes"], settings_of(stage, GROUP)["thread_id"]) == (1, TOPIC)
    # Members may look.
    (shown,) = await stage.say(GROUP, MEMBER, "/peringatan")
    assert "Tempat: Kota Malang" in shown.shown
    assert answer.shown.startswith("Peringatan BMKG")


async def test_warnings_are_in_the_chats_language(stage: Stage) -> None:
    await stage.say(READER, READER, "/warnings Kota Malang")
    await stage.say(READER, READER, "/bahasa en")
    (sent,) = await report(stage, make_quake())
    assert sent.shown.startswith("Earthquake of magnitude 5.1\n")
    assert "Source: BMKG, 13:55 WIB. This may come late, or not at all." in sent.shown


async def test_data_of_warnings_are_shown_and_deleted(stage: Stage) -> None:
    await stage.say(READER, READER, "/peringatan Kota Malang")
    await report(stage, make_quake())
    message = await stage.posted(READER)
    await stage.press(message, READER, "h1:y")
    rows = stage.rows()
    assert (rows["warning_places"], rows["warning_settings"], rows["outbox"]) == ([], [], [])
