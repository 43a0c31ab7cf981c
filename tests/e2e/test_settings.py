"""A chat's own settings: language and digest, by buttons and by words."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Json, Person, Until, World


@pytest.fixture(scope="module", autouse=True)
def restart(world: World, article: str) -> Iterator[Callable[[], None]]:
    """One bot for this module, with one article; it can be stopped and started again."""
    (world.folder / "berita.txt").write_text(article, encoding="utf-8")
    world.command("import", str(world.folder / "berita.txt"))
    running = ExitStack()
    running.enter_context(world.bot())

    def restart() -> None:
        running.close()
        running.enter_context(world.bot())

    yield restart
    running.close()


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
    edited = reader.turn(asked, "Bahasa Indonesia")
    assert edited["message_id"] == asked["message_id"]
    assert edited["text"] == "Saya berbahasa Indonesia di sini. Pilih bahasa lain:"
    # A press on the chosen value changes nothing, and is answered.
    assert reader.press(edited, "✓ Bahasa Indonesia")["toasts"]
    assert "Kirim tautan atau teks berita" in reader.say("halo")[0]
    assert reader.say("/language english") == ["I speak English here. Choose another language:"]


def buttons(message: Json) -> list[str]:
    return [button["text"] for row in message["keyboard"] for button in row]


def test_the_digests_settings_are_one_screen_of_buttons(reader: Person) -> None:
    (panel,) = reader.exchange("/langganan")
    assert panel["text"].splitlines()[:2] == ["Kabar rutin", "Tiba setiap hari pukul 07.00 WIB."]
    presses = [
        ("Jam", "Ketuk jam-jam"), ("18.00", "Ketuk jam-jam"), ("✓ 07.00", "Ketuk jam-jam"),
        ("‹ Kembali", "setiap hari pukul 18.00 WIB"), ("Topik", "semua topik masuk"), ("Ekonomi", "semua topik masuk"),
        ("‹ Kembali", "Topik: Ekonomi"), ("Suara: nyala", "Datang tanpa suara."), ("Hentikan", "Sedang berhenti."),
    ]  # fmt: skip
    now = panel
    for button, says in presses:
        now = reader.turn(now, button)
        assert now["message_id"] == panel["message_id"], button
        assert says in now["text"], button
    assert "/berhenti" not in now["text"]
    assert "setiap hari pukul 18.00 WIB" in reader.turn(now, "Mulai")["text"]


def test_refused_change_is_explained_in_the_panel(world: World, reader: Person) -> None:
    (panel,) = reader.exchange("/langganan")
    times = reader.turn(panel, "Jam")
    answer = reader.press(times, "✓ 07.00")
    assert answer["messages"] == []
    assert "Harus ada paling tidak satu jam" in answer["toasts"][0]["text"]
    assert answer["toasts"][0]["show_alert"]


def test_two_taps_do_the_work_once(reader: Person) -> None:
    (panel,) = reader.exchange("/langganan")
    times = reader.turn(panel, "Jam")
    reader.answers(reader.tap(times, "19.00", times=2))
    assert "pukul 07.00 dan 19.00 WIB" in reader.say("/jadwal")[0]
    (again,) = reader.exchange("/langganan")
    reader.answers(reader.tap(again, "Lihat contoh", times=2))
    shown = [m["text"] for m in reader.screen()["messages"] if m["text"].startswith("Beginilah")]
    assert len(shown) == 1


@pytest.mark.parametrize(
    ("view", "button", "typed", "says"),
    [
        ("Jam", "Ketik sendiri", "06.45 dan 7 malam", "pukul 06.45 dan 19.00 WIB"),
        ("Zona", "Kota lain", "makasar", "pukul 07.00 WITA"),
        ("Kata", "Harus memuat …", "Harga Beras, gabah", "Hanya yang memuat: harga beras atau gabah"),
        ("Kata", "Tanpa …", "gosip", "Tanpa: gosip"),
        ("Jam tenang", "Lainnya", "21.30-05.15", "Jam tenang: 21.30–05.15"),
    ],
)
def test_what_is_typed_where_a_button_asked(
    reader: Person, until: Until, view: str, button: str, typed: str, says: str
) -> None:
    (panel,) = reader.exchange("/langganan")
    below = reader.turn(panel, view)
    question = reader.turn(below, button)
    assert question["message_id"] != panel["message_id"]
    (wrong,) = reader.say("???", reply_to_message_id=question["message_id"])
    assert "Kabar rutin" not in wrong
    assert "ada gangguan" not in wrong
    # A reply answers, and in a private chat the next words do too.
    answer = reader.hear(typed)
    assert says in answer["text"]
    assert "Lihat contoh" in buttons(answer)
    # The question is answered, so the next message is no answer to it.
    assert "Kirim tautan atau teks berita" in reader.hear("halo")["text"]
    # The panel that asked lost its buttons: a new one follows below.
    until(lambda: reader.shown(panel)["keyboard"] == [])


def test_a_location_is_a_zone(reader: Person) -> None:
    reader.say("/langganan")
    (answer,) = reader.say(location={"latitude": -3.69, "longitude": 128.18})
    assert "pukul 07.00 WIT" in answer
    (sea,) = reader.say(location={"latitude": 0, "longitude": 0})
    assert "tidak kenal tempat itu" in sea


@pytest.mark.parametrize(("button", "says"), [("Sedang", "sedang"), ("Panjang", "panjang"), ("Pendek", "pendek")])
def test_summaries_are_short_medium_or_long(reader: Person, button: str, says: str) -> None:
    (panel,) = reader.exchange("/langganan")
    sizes = reader.turn(panel, "Isi")
    if button == "Pendek":
        sizes = reader.turn(sizes, "Panjang")
    sizes = reader.turn(sizes, button)
    assert f"✓ {button}" in buttons(sizes)
    main = reader.turn(sizes, "‹ Kembali")
    assert f"ringkasan {says}" in main["text"]
    _, digest = reader.turn_all(main, "Lihat contoh", 2)
    assert "Harga Beras" in digest["text"]


def test_the_digest_is_previewed(reader: Person) -> None:
    (panel,) = reader.exchange("/langganan")
    head, digest = reader.turn_all(panel, "Lihat contoh", 2)
    assert head["text"] == "Beginilah kabar rutin kalau dikirim sekarang:"
    assert digest["text"].startswith("Kabar ")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("/jadwal 07:00 18:30 WITA senin-jumat", "setiap Senin–Jumat pukul 07.00 dan 18.30 WITA"),
        ("/jadwal jam 8 pagi akhir pekan Ambon", "setiap Sabtu dan Minggu pukul 08.00 WIT"),
        ("/jadwal 07:00 hari kerja", "setiap Senin–Jumat pukul 07.00 WIB"),
        ("/jadwal 7 sabtu minggu tokyo", "setiap Sabtu dan Minggu pukul 07.00 Asia/Tokyo"),
        ("/jadwal 07:00 every day", "setiap hari pukul 07.00 WIB"),
    ],
)
def test_the_schedule_in_words(reader: Person, asked: str, says: str) -> None:
    assert says in reader.say(asked)[0]


def test_a_part_of_the_schedule_alone(reader: Person) -> None:
    reader.say("/jadwal 06:15 WITA")
    assert "setiap Sabtu dan Minggu pukul 06.15 WITA" in reader.say("/jadwal sabtu minggu")[0]
    assert "setiap Sabtu dan Minggu pukul 06.15 WIB" in reader.say("/jadwal Bandung")[0]


def test_buttons_and_questions_work_after_a_restart(reader: Person, restart: Callable[[], None], until: Until) -> None:
    (panel,) = reader.exchange("/langganan")
    zone = reader.turn(panel, "Zona")
    question = reader.turn(zone, "Kota lain")
    restart()
    answer = reader.hear("Manado", reply_to_message_id=question["message_id"])
    assert "pukul 07.00 WITA" in answer["text"]
    until(lambda: reader.shown(panel)["keyboard"] == [])
    hours = reader.turn(answer, "Jam")
    restart()
    hours = reader.turn(hours, "09.00")
    main = reader.turn(hours, "‹ Kembali")
    assert "pukul 07.00 dan 09.00 WITA" in main["text"]


def test_forged_buttons_do_nothing(world: World, reader: Person) -> None:
    (panel,) = reader.exchange("/langganan")
    for data in ("s1::t+:9999", "s1:5:r-", "s1::zz:1", "s1:-1002000000000:v:main"):
        forged = reader.forge(panel, data)
        assert forged["toasts"][0]["text"], data
    assert "pukul 07.00 WIB" in reader.say("/jadwal")[0]
