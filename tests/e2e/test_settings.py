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


def test_language_follows_the_app_until_the_chat_chooses_one(world: World, reader: Person) -> None:
    assert "Kirim tautan atau teks berita" in reader.say("halo")[0]
    world.http.post("/sim/users", json={"user_id": reader.chat_id, "language_code": "en-GB"})
    assert "Send me a link or the text" in reader.say("hello")[0]
    (asked,) = reader.exchange("/bahasa")
    assert asked["text"] == "I speak English here. Choose another language:"
    assert [[b["text"] for b in row] for row in asked["keyboard"]] == [["Bahasa Indonesia", "✓ English"]]
    edited = reader.press_and_read(asked, "Bahasa Indonesia")
    assert edited["message_id"] == asked["message_id"]
    assert edited["text"] == "Bahasa di obrolan ini: Indonesia. Pilih bahasa lain:"
    # A press on the chosen value changes nothing, and is answered.
    assert reader.press(edited, "✓ Bahasa Indonesia")["toasts"]
    assert "Kirim tautan atau teks berita" in reader.say("halo")[0]
    assert reader.say("/language english") == ["I speak English here. Choose another language:"]


def list_labels(message: Json) -> list[str]:
    return [button["text"] for row in message["keyboard"] for button in row]


def test_panel_changes_all_digest_settings(reader: Person) -> None:
    (panel,) = reader.exchange("/langganan")
    assert panel["text"].splitlines()[:2] == ["Kabar rutin", "Dikirim setiap hari pukul 07.00 WIB."]
    presses = [
        ("Jam", "Tekan jam kirim"), ("18.00", "Tekan jam kirim"), ("✓ 07.00", "Tekan jam kirim"),
        ("‹ Kembali", "setiap hari pukul 18.00 WIB"), ("Topik", "semua topik masuk"), ("Ekonomi", "semua topik masuk"),
        ("‹ Kembali", "Topik: Ekonomi"), ("Suara: nyala", "Dikirim tanpa suara."),
        ("Hentikan", "Kabar rutin sedang dihentikan."),
    ]  # fmt: skip
    now = panel
    for button, says in presses:
        now = reader.press_and_read(now, button)
        assert now["message_id"] == panel["message_id"], button
        assert says in now["text"], button
    assert "/berhenti" not in now["text"]
    assert "setiap hari pukul 18.00 WIB" in reader.press_and_read(now, "Mulai")["text"]


def test_refused_change_is_explained_in_the_panel(world: World, reader: Person) -> None:
    (panel,) = reader.exchange("/langganan")
    times = reader.press_and_read(panel, "Jam")
    answer = reader.press(times, "✓ 07.00")
    assert answer["messages"] == []
    assert "Pilih setidaknya satu jam kirim" in answer["toasts"][0]["text"]
    assert answer["toasts"][0]["show_alert"]


def test_double_tap_is_handled_once(reader: Person) -> None:
    (panel,) = reader.exchange("/langganan")
    times = reader.press_and_read(panel, "Jam")
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
        ("Kata", "Harus memuat …", "Harga Beras, gabah", "Kata wajib: harga beras atau gabah"),
        ("Kata", "Tanpa …", "gosip", "Kata yang dilewati: gosip"),
        ("Daerah saya", "Ketik nama", "Kota Malang, bali", "Daerah: Kota Malang dan Bali lebih dahulu"),
        ("Jam tenang", "Ketik sendiri", "21.30-05.15", "Jam tenang: 21.30–05.15"),
    ],
)
def test_typed_answer_changes_the_setting(
    reader: Person, until: Until, view: str, button: str, typed: str, says: str
) -> None:
    (panel,) = reader.exchange("/langganan")
    below = reader.press_and_read(panel, view)
    question = reader.press_and_read(below, button)
    assert question["message_id"] != panel["message_id"]
    (wrong,) = reader.say("???", reply_to_message_id=question["message_id"])
    assert "Kabar rutin" not in wrong
    assert "ada gangguan" not in wrong
    # A reply answers, and in a private chat the next words do too.
    answer = reader.hear(typed)
    assert says in answer["text"]
    assert "Lihat contoh" in list_labels(answer)
    # The question is answered, so the next message is no answer to it.
    assert "Kirim tautan atau teks berita" in reader.hear("halo")["text"]
    # The panel that asked lost its buttons: a new one follows below.
    until(lambda: reader.shown(panel)["keyboard"] == [])


def test_location_sets_the_zone(reader: Person) -> None:
    reader.say("/langganan")
    (answer,) = reader.say(location={"latitude": -3.69, "longitude": 128.18})
    assert "pukul 07.00 WIT" in answer
    (sea,) = reader.say(location={"latitude": 0, "longitude": 0})
    assert "belum mengenal tempat itu" in sea


@pytest.mark.parametrize(("button", "says"), [("Sedang", "sedang"), ("Panjang", "panjang"), ("Pendek", "pendek")])
def test_summary_length_is_chosen(reader: Person, button: str, says: str) -> None:
    (panel,) = reader.exchange("/langganan")
    sizes = reader.press_and_read(panel, "Isi")
    if button == "Pendek":
        sizes = reader.press_and_read(sizes, "Panjang")
    sizes = reader.press_and_read(sizes, button)
    assert f"✓ {button}" in list_labels(sizes)
    main = reader.press_and_read(sizes, "‹ Kembali")
    assert f"ringkasan {says}" in main["text"]
    _, digest = reader.press_and_read_all(main, "Lihat contoh", 2)
    assert "Harga Beras" in digest["text"]


def test_digest_is_previewed(reader: Person) -> None:
    (panel,) = reader.exchange("/langganan")
    head, digest = reader.press_and_read_all(panel, "Lihat contoh", 2)
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
def test_schedule_is_parsed(reader: Person, asked: str, says: str) -> None:
    assert says in reader.say(asked)[0]


def test_partial_schedule_keeps_the_rest(reader: Person) -> None:
    reader.say("/jadwal 06:15 WITA")
    assert "setiap Sabtu dan Minggu pukul 06.15 WITA" in reader.say("/jadwal sabtu minggu")[0]
    assert "setiap Sabtu dan Minggu pukul 06.15 WIB" in reader.say("/jadwal Bandung")[0]


def test_buttons_and_questions_work_after_a_restart(reader: Person, restart: Callable[[], None], until: Until) -> None:
    (panel,) = reader.exchange("/langganan")
    zone = reader.press_and_read(panel, "Zona")
    question = reader.press_and_read(zone, "Kota lain")
    restart()
    answer = reader.hear("Manado", reply_to_message_id=question["message_id"])
    assert "pukul 07.00 WITA" in answer["text"]
    until(lambda: reader.shown(panel)["keyboard"] == [])
    hours = reader.press_and_read(answer, "Jam")
    restart()
    hours = reader.press_and_read(hours, "09.00")
    main = reader.press_and_read(hours, "‹ Kembali")
    assert "pukul 07.00 dan 09.00 WITA" in main["text"]


def test_forged_buttons_change_nothing(world: World, reader: Person) -> None:
    (panel,) = reader.exchange("/langganan")
    for data in ("s1::t+:9999", "s1:5:r-", "s1::zz:1", "s1:-1002000000000:v:main"):
        forged = reader.forge(panel, data)
        assert forged["toasts"][0]["text"], data
    assert "pukul 07.00 WIB" in reader.say("/jadwal")[0]
