"""Answers with buttons: every view, saved articles, edits, restarts, pace."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seeds import sample_articles
from tests.e2e.conftest import PROGRESS, html
from tests.summaries.fact_checks.cases import SHOWN_MESSAGE

if TYPE_CHECKING:
    from tests.e2e.conftest import Json, Person, World

Publish = Callable[..., str]
SUMMARY_START = "Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800"
EVENT = (
    "Bendungan Wairana di Kabupaten Sukamakmur jebol pada Senin dini hari setelah hujan deras tiga hari. Ratusan warga"
    " Desa Telaga mengungsi ke balai desa.\n\nBupati Sitti Rahma mengatakan tidak ada korban jiwa dalam bencana itu."
    " Tim penyelamat masih menyisir rumah warga yang terendam air setinggi dua meter.\n\nPemerintah kabupaten membuka"
    " dapur umum dan meminta bantuan selimut untuk para pengungsi.\n"
)


@pytest.fixture(scope="module", autouse=True)
def bot(world: World) -> Iterator[None]:
    """One bot for this module, an event reported by two outlets, sample news of an earthquake, and a fact-check."""
    news = world.folder / "daerah"
    news.mkdir()
    titles = {
        "Kabar Desa": "Bendungan Wairana Jebol, Warga Mengungsi",
        "Warta Kota": "Warga Mengungsi, Bendungan Jebol",
    }
    for outlet, title in titles.items():
        article = f"{title}\n\n{outlet} | Senin, 02/11/2026 08:30 WITA\nSukamakmur -- {EVENT}"
        (news / f"{outlet}.txt").write_text(article, encoding="utf-8")
    for sample in sample_articles():
        if "gempa" in sample.name or "bantuan-modal" in sample.name:
            (news / Path(sample.name).name).write_text(sample.text, encoding="utf-8")
    # An article without a date is of today.
    (news / "pasar.txt").write_text(f"Pasar Sukamaju Ramai Lagi\n\n{'Pedagang kembali berjualan sejak pagi. ' * 9}\n")
    assert world.command("import", str(news)).returncode == 0
    with world.bot(RINGKAS_PER_MINUTE="600", RINGKAS_BURST="200"):
        yield


@pytest.fixture
def reader(world: World) -> Person:
    return world.person()


def list_labels(message: Json) -> list[str]:
    return [button["text"] for row in message["keyboard"] for button in row]


def send_event(reader: Person) -> Json:
    (answer,) = reader.exchange(
        f"Bendungan Wairana Jebol, Warga Mengungsi\n\nKabar Desa | Senin, 02/11/2026 08:30 WITA\nSukamakmur -- {EVENT}"
    )
    return answer


def test_answer_buttons_switch_format_and_length(reader: Person, article: str) -> None:
    (answer,) = reader.exchange(article)
    assert list_labels(answer) == [
        "Lebih pendek", "Lebih panjang", "Salin intinya", "Poin-poin", "Tunjukkan di artikel", "Simpan", "Bagikan",
    ]  # fmt: skip
    (copied,) = [
        button["value"]["text"] for row in answer["keyboard"] for button in row if button["kind"] == "copy_text"
    ]
    assert copied.startswith(SUMMARY_START)
    assert len(copied) <= 256
    short = reader.press_and_read(answer, "Lebih pendek")
    assert short["message_id"] == answer["message_id"]
    assert len(short["text"]) < len(answer["text"])
    assert list_labels(short)[0] == "Lebih panjang"
    points = reader.press_and_read(short, "Poin-poin")
    assert f"• {SUMMARY_START}" in points["text"]
    shown = reader.press_and_read(points, "Tunjukkan di artikel")
    assert f"<b>{SUMMARY_START}" in html(shown)
    assert "<blockquote expandable>" in html(shown)
    long = reader.press_and_read(reader.press_and_read(shown, "Lebih panjang"), "Lebih panjang")
    assert html(long).count("<b>") > html(shown).count("<b>")
    assert "Lebih panjang" not in list_labels(long)
    text = reader.press_and_read(long, "Paragraf")
    assert text["text"].startswith("Harga Beras di Pasar Sukamakmur")


def test_article_is_saved_and_removed(world: World, reader: Person, article: str) -> None:
    (answer,) = reader.exchange(article)
    pressed = reader.press(answer, "Simpan")
    assert [toast["text"] for toast in pressed["toasts"]] == ["Tersimpan. Lihat lagi di /tersimpan."]
    (saved,) = pressed["messages"]
    assert list_labels(saved)[-2] == "Tersimpan ✓"
    assert saved["text"] == answer["text"]
    assert list_labels(reader.press_and_read(saved, "Tersimpan ✓"))[-2] == "Simpan"
    assert reader.say("/tersimpan") == ["Belum ada yang disimpan. Tekan “Simpan” di bawah sebuah ringkasan."]
    reader.press(saved, "Simpan")
    (listed,) = reader.exchange("/tersimpan")
    assert "1. Harga Beras di Pasar Sukamakmur Turun" in listed["text"]
    stranger = world.person()
    (toast,) = stranger.forge(stranger.exchange("/topik")[0], listed["keyboard"][0][0]["value"])["toasts"]
    assert toast["text"].startswith("Itu daftar orang lain.")
    empty = reader.press_and_read(listed, "✕ 1")
    assert empty["text"].startswith("Belum ada yang disimpan.")


def test_reports_of_all_outlets_are_shown(reader: Person) -> None:
    answer = send_event(reader)
    assert "Liputan (2)" in list_labels(answer)
    story = reader.press_and_read(answer, "Liputan (2)")
    assert "2 media · laporan pertama 2 Nov 2026, 07.30 WIB, terbaru 07.30" in story["text"]
    assert re.search("Semua liputan\n(Kabar Desa · Warta Kota|Warta Kota · Kabar Desa)\n", story["text"])
    back = reader.press_and_read(story, "Kembali ke ringkasan")
    assert back["text"] == answer["text"]


def test_list_opens_the_story_of_the_sample_news(reader: Person) -> None:
    (listed,) = reader.exchange("/cari gempa Teluk Nara")
    (payload,) = set(re.findall(r'start=(s\d+)">diliput 3 media<', html(listed)))
    (story,) = reader.exchange(f"/start {payload}")
    text = story["text"]
    assert text.startswith("Gempa Magnitudo 5,8 Guncang Teluk Nara, 37 Rumah Rusak\nKabar Timur · 2 Nov 2026, 06.15")
    assert "3 media · laporan pertama 2 Nov 2026, 04.15 WIB, terbaru 11.25" in text
    assert "5,8 mengguncang Kabupaten … (Kabar Timur, 04.15) · " in text
    assert "Kepala Desa Batu Lonceng, Elias Ohoira, mencatat 41 rumah rusak" in text
    assert "(Suara Pesisir, 11.25)" in text
    assert "waktu baca" in text
    (gone,) = reader.exchange("/start s999999")
    assert gone["text"] == "Berita itu sudah tidak ada. Yang terbaru ada di /berita."


def test_chain_message_gets_its_fact_check_and_its_link_is_read_on_request(
    reader: Person, site: Publish, page: str
) -> None:
    url = site("/daftar", page)
    (checked,) = reader.exchange(SHOWN_MESSAGE.replace("https://modal-warung.example/daftar", url))
    assert checked["text"].startswith(
        "Mirip hoaks yang sudah dibantah: Tautan Pendaftaran Bantuan Modal Usaha Rp2,4 Juta dari Kementerian Koperasi"
        "\n\nKesimpulan: pesan tentang bantuan modal usaha Rp2,4 juta itu salah dan termasuk penipuan."
    )
    assert url not in html(checked)
    assert list_labels(checked) == ["Tetap baca tautannya"]
    answer = reader.press_and_read(checked, "Tetap baca tautannya")
    assert answer["message_id"] != checked["message_id"]
    assert SUMMARY_START in answer["text"]


def test_short_page_that_repeats_a_claim_is_not_shown(reader: Person, site: Publish, page: str) -> None:
    head, _, rest = page.partition("<p>")
    hoax = SHOWN_MESSAGE.partition("https:")[0]
    url = site("/modal", f"{head}<p>{hoax}</p></article>{rest.partition('</article>')[2]}")
    (checked,) = reader.exchange(url)
    assert checked["text"].startswith("Mirip hoaks yang sudah dibantah: Tautan Pendaftaran Bantuan Modal Usaha")
    assert "Daftar sebelum kuota" not in checked["text"]


def test_answer_buttons_of_another_chat_and_forged_ones_are_refused(world: World, reader: Person, article: str) -> None:
    (answer,) = reader.exchange(article)
    data = answer["keyboard"][0][0]["value"]
    assert data.startswith("a1:")
    stranger = world.person()
    (other,) = stranger.exchange(article)
    for forged in (data, "a1:ffff:tm", "a1:0:tmk", "a2:1:tm", "ö"):
        (toast,) = stranger.forge(other, forged)["toasts"]
        assert toast["text"] == "Tombol ini sudah tidak berlaku."


def test_several_links_get_one_answer_each(reader: Person, site: Publish, page: str) -> None:
    urls = [site(f"/banyak/{n}", page.replace("Sukamakmur", f"Sukaraja {n}")) for n in range(2)]
    asked = f"/ringkas {urls[0]} dan {urls[1]} serta {urls[0]}-tidak-ada"
    texts = [message["text"] for message in reader.hear_all(asked, 3)]
    assert sum("Harga Beras di Pasar Sukaraja" in text for text in texts) == 2
    assert any(f"{urls[0]}-tidak-ada\nHalaman itu tidak ada" in text for text in texts)


def test_edited_question_updates_its_answer(world: World, reader: Person, site: Publish, page: str) -> None:
    url = site("/suntingan", page.replace("Sukamakmur", "Sukajadi"))
    sent = reader.send(f"/ringkas {url}-salah")
    (wrong,) = reader.answers(sent["sandbox"]["event"])
    assert "Halaman itu tidak ada" in wrong["text"]
    (right,) = reader.edit(sent, f"/ringkas {url}")
    assert right["message_id"] == wrong["message_id"]
    assert right["text"].startswith("Harga Beras di Pasar Sukajadi")
    (other,) = reader.edit(sent, "/bantuan")
    assert other["message_id"] == wrong["message_id"]
    assert "/ringkas" in other["text"]


def test_slow_page_gets_a_progress_message_that_becomes_the_answer(
    world: World, reader: Person, site: Publish, page: str
) -> None:
    is_open = threading.Event()
    sent = reader.send(f"/ringkas {site('/lambat', page, is_open=is_open)}")
    (waiting,) = reader.feed(sent["sandbox"]["event"])
    assert waiting["text"] == PROGRESS
    shown = [call for call in world.calls("sendChatAction") if call["parameters"]["chat_id"] == str(reader.chat_id)]
    assert [call["parameters"]["action"] for call in shown] == ["typing"]
    # One person's slow page keeps nobody waiting.
    (quick,) = world.person().say(f"/ringkas {site('/cepat', page)}")
    assert SUMMARY_START in quick
    assert [m["text"] for m in reader.screen()["messages"] if m["is_bot"]] == [PROGRESS]
    is_open.set()
    (answer,) = reader.feed(waiting["event"])
    assert answer["message_id"] == waiting["message_id"]
    assert SUMMARY_START in answer["text"]


def test_trends_show_day_and_week_light_and_dark(reader: Person) -> None:
    (shown,) = reader.exchange("/tren")
    assert shown["photo"]["width"] == 1080
    assert shown["text"].startswith("Ramai hari ini")
    assert ". Pasar Sukamaju Ramai Lagi (1 media)" in shown["text"]
    dark = reader.press_and_read(shown, "Gambar gelap")
    assert dark["photo"]["file_id"] != shown["photo"]["file_id"]
    # The chat's next chart looks as the last one did.
    (again,) = reader.exchange("/tren")
    assert "Gambar terang" in list_labels(again)
    week = reader.press_and_read(dark, "Minggu ini")
    assert week["text"].startswith("Ramai minggu ini")
    assert week["message_id"] == shown["message_id"]


def test_watch_is_added_alerted_folded_and_removed(world: World, reader: Person) -> None:
    assert "/pantau gempa lombok" in reader.say("/pantau")[0]
    assert reader.say("/pantau yang")[0].startswith("Tulis beberapa kata")
    sent = reader.send("/pantau paus terdampar")
    (reply,) = reader.answers(sent["sandbox"]["event"])
    assert reply["text"].startswith("Saya pantau “paus terdampar”")
    news = world.folder / "terdampar.txt"
    news.write_text(f"Paus Terdampar di Pantai Sera\n\n{'Warga menolong seekor paus sejak pagi di pantai. ' * 9}\n")
    event = reader.screen()["event"]
    assert world.command("import", str(news)).returncode == 0
    (alert,) = reader.feed(event)
    assert alert["text"].startswith("Berita tentang “paus terdampar”\n\nPaus Terdampar di Pantai Sera\n")
    assert list_labels(alert) == ["Titipkan ke kabar rutin", "Berhenti memantau"]
    (toast,) = reader.press(alert, "Titipkan ke kabar rutin")["toasts"]
    assert toast["text"].startswith("Mulai sekarang masuk kabar rutin.")
    (listed,) = reader.exchange("/pantau")
    assert "• paus terdampar (dalam kabar rutin)" in listed["text"]
    direct = reader.press_and_read(listed, "Kabari langsung")
    assert "(langsung)" in direct["text"]
    empty = reader.press_and_read(direct, "✕ paus terdampar")
    assert empty["text"].startswith("Belum ada yang saya pantau.")
    (toast,) = reader.press(alert, "Berhenti memantau")["toasts"]
    assert toast["text"] == "Itu sudah saya hentikan."


def test_followed_story_sends_its_new_sentences_until_it_is_stopped(world: World, reader: Person) -> None:
    def publish(name: str) -> str:
        title, _, _, *text = next(file.text for file in sample_articles() if name in file.name).split("\n")
        news = world.folder / f"{name}.txt"
        news.write_text("\n".join([title, "", *text]))
        assert world.command("import", str(news)).returncode == 0
        return title

    assert reader.say("/ikuti")[0].startswith("Belum ada berita yang diikuti.")
    title = publish("bus-cahaya-mandala-jurang")
    (found,) = reader.exchange("/cari bus cahaya mandala")
    payload = re.search(r"start=(a\d+)", html(found))
    assert payload is not None
    (answer,) = reader.exchange(f"/start {payload[1]}")
    (toast,) = reader.press(answer, "Ikuti")["toasts"]
    assert toast["text"].startswith("Saya ikuti berita ini: ")
    event = reader.screen()["event"]
    publish("bus-cahaya-mandala-enam-tewas")
    (update,) = reader.feed(event)
    lines = update["text"].split("\n")
    assert lines[0] == f"Perkembangan: {title}"
    assert lines[1].startswith("Baru sejak ")
    assert "Korban tewas kecelakaan bus wisata Cahaya Mandala" in lines[3]
    assert "bertambah menjadi enam orang pada Rabu" in lines[3]
    assert "Empat orang tewas" not in update["text"]
    assert list_labels(update) == ["Titipkan ke kabar rutin", "Berhenti mengikuti"]
    (listed,) = reader.exchange("/ikuti")
    assert listed["text"].startswith(f"Berita yang diikuti:\n• {title[:40]}")
    (toast,) = reader.press(update, "Berhenti mengikuti")["toasts"]
    assert toast["text"] == "Berita itu tidak saya ikuti lagi."
    gone = reader.press_and_read(listed, list_labels(listed)[0])
    assert gone["text"].startswith("Belum ada berita yang diikuti.")


def test_only_group_administrators_manage_watches(world: World) -> None:
    group = world.person(type="supergroup", title="Warga", admins=[1001], members=[1002])
    said = group.member(1002).say("/pantau gempa")
    assert said == ["Hanya admin grup atau kanal ini yang bisa mengubahnya."]
    assert group.member(1001).say("/pantau gempa")[0].startswith("Saya pantau “gempa”")
    (listed,) = group.member(1002).exchange("/pantau")
    (toast,) = group.member(1002).press(listed, "✕ gempa")["toasts"]
    assert toast["text"] == said[0]
