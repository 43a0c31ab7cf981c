"""A reader's private chat, command by command."""

from __future__ import annotations

import base64
import re
import sqlite3
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.e2e.conftest import html
from tests.summaries.fetch.test_pdfs import make_pdf

if TYPE_CHECKING:
    from tests.e2e.conftest import Person, Until, World

Publish = Callable[..., str]


@pytest.fixture(scope="module", autouse=True)
def bot(world: World) -> Iterator[None]:
    """One bot for this module, with sample news of its own."""
    news = world.folder / "ekonomi"
    news.mkdir()
    for number in range(7):
        (news / f"{number}.txt").write_text(make_sample(number), encoding="utf-8")
    done = world.command("import", str(news))
    assert (done.returncode, done.stdout) == (0, "7 of 7 files stored\n"), done.stderr
    with world.bot():
        yield


def make_sample(number: int) -> str:
    # Four days apart, because articles about one market within three days are one story.
    filler = "Pengelola pasar mencatat pasokan bertambah sejak pekan lalu dan pedagang menurunkan harga bertahap."
    return (
        f"Pasar Nomor {number} Menurunkan Harga Kedelai\n\n"
        f"{'Kabar Desa' if number % 2 else 'Warta Kota'} | Senin, {4 * number + 1:02}/11/2019 08:30 WIB\n"
        f"Bogor -- Pasar nomor {number} menurunkan harga kedelai menjadi Rp{number + 9}.000 per kilogram.\n\n"
        f"{filler}\n\n{filler} Pembeli pun kembali ramai menjelang akhir bulan ini.\n"
    )


@pytest.fixture
def reader(world: World) -> Person:
    return world.person()


def test_command_menu_is_set_after_the_start(world: World, until: Until) -> None:
    until(lambda: bool(world.http.get("/sim/commands").json()["commands"]))
    assert {call["status"] for call in world.calls("setMyCommands")} == {200}
    commands = world.http.get("/sim/commands").json()["commands"]
    # The default menu lists the commands that work everywhere.
    assert [c["command"] for c in commands] == ["ringkas", "berita", "cari", "topik", "tren", "sumber", "bantuan"]


@pytest.mark.parametrize("command", ["/start", "/start ref_123", "/bantuan", "/help"])
def test_greeting_and_help_name_the_commands(reader: Person, command: str) -> None:
    (answer,) = reader.say(command)
    assert "/ringkas" in answer
    assert "/berita" in answer
    assert "/langganan" in answer


SUMMARY_START = "Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram pada Senin (2/11)"


@pytest.mark.parametrize("separator", [" ", "\n", "\n\n"])
def test_pasted_article_is_summarized(reader: Person, article: str, separator: str) -> None:
    (answer,) = reader.exchange(f"/ringkas{separator}{article}")
    head, byline, _, summary, *_ = answer["text"].split("\n")
    assert head == "Harga Beras di Pasar Sukamakmur Turun Setelah Panen Raya"
    assert byline == "Teks kiriman · 2 Nov 2026, 08.30 WITA · Makassar"
    assert summary.startswith(SUMMARY_START)
    assert "% lebih pendek · waktu baca" in answer["text"]
    assert html(answer).startswith(f"<b>{head}</b>")


@pytest.mark.parametrize("command", ["/ringkas ", ""])
def test_article_split_over_messages_gets_one_answer(reader: Person, article: str, command: str) -> None:
    head, _, end = article.partition("Warga menyambut")
    middle = "Pedagang di los nomor {} menurunkan harga beras sejak Senin pagi karena stok bertambah banyak.\n\n"
    long = head + "".join(middle.format(n) for n in range(60)) + "Warga menyambut" + end
    sent = reader.send(command + long)
    assert len(sent["sandbox"]["message_ids"]) == 2
    (answer,) = reader.answers(sent["sandbox"]["event"])
    assert answer["text"].startswith("Harga Beras di Pasar Sukamakmur")
    # It is far shorter than both pieces together.
    assert re.search(r"9\d% lebih pendek", answer["text"])


def test_link_is_summarized_and_cached(world: World, reader: Person, site: Publish, page: str) -> None:
    url = site("/ekonomi/beras-turun", page)
    (first,) = reader.exchange(f"/ringkas {url}")
    assert SUMMARY_START in first["text"]
    assert first["text"].splitlines()[1].startswith("Kabar Desa · 2 Nov 2026, 08.30 WITA")
    assert f'<a href="{url}">Baca berita lengkapnya</a>' in html(first)
    # The page is gone; the answer is not.
    site("/ekonomi/beras-turun", "<p>kosong</p>")
    (again,) = world.person().say(f"/ringkas {url}?utm_source=teman")
    assert again == first["text"]


def test_reply_to_a_link_or_text_is_summarized(reader: Person, site: Publish, page: str, article: str) -> None:
    url = site("/balasan", page)
    for text in (f"coba lihat {url}, menarik", article):
        given = reader.send(text)
        # Without a command it is answered too; the reply is about the message all the same.
        assert SUMMARY_START in reader.answers(given["sandbox"]["event"])[0]["text"]
        (answer,) = reader.say("/ringkas", reply_to_message_id=given["message_id"])
        assert answer.startswith("Harga Beras di Pasar Sukamakmur")
        assert SUMMARY_START in answer


def test_text_file_is_summarized(reader: Person, article: str) -> None:
    content = base64.b64encode(article.encode("utf-16")).decode()
    document = {"file_name": "berita.txt", "mime_type": "text/plain", "content_base64": content}
    for caption in ({"text": "/ringkas"}, {}):
        (answer,) = reader.say(document=document, **caption)
        assert SUMMARY_START in answer


def test_html_file_is_summarized(reader: Person, page: str) -> None:
    content = base64.b64encode(page.encode()).decode()
    document = {"file_name": "Berita.HTML", "mime_type": "application/octet-stream", "content_base64": content}
    (answer,) = reader.say(document=document)
    assert SUMMARY_START in answer


def test_pdf_and_forwarded_post_are_summarized(reader: Person, article: str) -> None:
    document = {"file_name": "siaran.pdf", "content_base64": base64.b64encode(make_pdf()).decode()}
    assert "memanen padi" in reader.hear(document=document)["text"]
    (answer,) = reader.say(article, forward_from_channel={"title": "Kanal Desa"})
    assert SUMMARY_START in answer


def test_scanned_pdf_is_explained(reader: Person) -> None:
    fonts = b"/Resources << /Font << /F1 3 0 R >>"
    scan = make_pdf((), extra="/Subtype /Image").replace(fonts, fonts + b" /XObject << /I1 5 0 R >>")
    document = {"file_name": "pindaian.pdf", "content_base64": base64.b64encode(scan).decode()}
    (answer,) = reader.say(document=document)
    assert answer.startswith("PDF itu berisi gambar, misalnya hasil pindai")


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("/ringkas", "Tulis tautan atau teks berita setelah perintahnya"),
        ("/ringkas https://user:pw@contoh.example/x", "Tautan itu tidak bisa saya buka"),
        ("/ringkas http://127.0.0.1:1/tutup", "sedang tidak bisa dibuka"),
        ("/ringkas Harga beras turun hari ini.", "kurang dari 40 kata"),
        ("/jadwal", "Jam berapa?"),
        ("/jadwal 25:00", "Saya tidak paham “25:00”"),
        ("/jadwal pagi-pagi", "Saya tidak paham “pagi-pagi”"),
        ("/jadwal 1 2 3 4 5 6 7", "paling banyak 6 kali sehari"),
        ("/berita zzzz", "Belum ada berita tentang “zzzz”."),
        ("/berhenti", "Belum ada kabar rutin di sini"),
        ("/apa", "Saya belum kenal perintah itu. Lihat /bantuan, ya."),
        ("/brita", "Saya belum kenal perintah itu. Maksud Anda /berita?"),
        ("halo", "Kirim tautan atau teks berita"),
        ("<b>&lt;/code>", "Kirim tautan atau teks berita"),
    ],
)
def test_impossible_request_is_explained(reader: Person, message: str, says: str) -> None:
    (answer,) = reader.say(message)
    assert says in answer


@pytest.mark.parametrize(
    ("path", "body", "says"),
    [
        (
            "/indeks",
            "<ul>" + "".join(f"<li><a href=/{n}>Judul {n}</a></li>" for n in range(60)) + "</ul>",
            "tidak menemukan",
        ),
        ("/kosong", "<html><body></body></html>", "tidak menemukan"),
    ],
)
def test_page_without_an_article_is_explained(reader: Person, site: Publish, path: str, body: str, says: str) -> None:
    (answer,) = reader.say(f"/ringkas {site(path, body)}")
    assert says in answer


def test_missing_page_is_explained(reader: Person, site: Publish, page: str) -> None:
    url = site("/ada", page)
    (answer,) = reader.say(f"/ringkas {url}-tidak-ada")
    assert "Halaman itu tidak ada" in answer


JPEG = {"file_name": "foto.jpg", "mime_type": "image/jpeg", "content_base64": "AAAA"}


def test_unsupported_file_is_explained(reader: Person) -> None:
    for caption in ({"text": "/ringkas"}, {}):
        (answer,) = reader.say(document=JPEG, **caption)
        assert "hanya bisa membaca berkas .txt, .html, dan .pdf" in answer


def test_link_beside_an_unsupported_file_is_summarized(reader: Person, site: Publish, page: str) -> None:
    (answer,) = reader.say(document=JPEG, text=f"lihat {site('/di-samping', page)}")
    assert SUMMARY_START in answer


# A valid PNG of a single pixel.
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def test_picture_is_explained_as_unsupported(reader: Person) -> None:
    (answer,) = reader.say(photo={"content_base64": PIXEL})
    assert "belum bisa membaca gambar" in answer


def test_failed_file_download_is_explained(world: World, reader: Person, article: str) -> None:
    world.fault(kind="status", method="getFile", code=400, count=1, description="Bad Request: file is too big")
    content = base64.b64encode(article.encode()).decode()
    (answer,) = reader.say(document={"file_name": "a.txt", "mime_type": "text/plain", "content_base64": content})
    assert "tidak bisa saya unduh" in answer


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "code": 500, "description": "Internal Server Error"},
        {"kind": "status", "code": 502, "body": "<html>Bad Gateway</html>"},
        {"kind": "reset_before"},
    ],
)
def test_failed_answer_is_sent_again(world: World, reader: Person, fault: dict[str, object]) -> None:
    world.fault(method="sendMessage", chat_id=reader.chat_id, count=1, **fault)
    (answer,) = reader.say("/bantuan")
    assert "/ringkas" in answer


def test_uncertain_answer_is_sent_at_most_twice(world: World, reader: Person, until: Until) -> None:
    world.fault(kind="reset_after", method="sendMessage", chat_id=reader.chat_id, count=2)
    sent = reader.send("/bantuan")
    reader.answers(sent["sandbox"]["event"])
    # The next message is the apology; its arrival shows that there is no third copy.
    until(lambda: len(list_bot_texts(reader)) >= 3)
    helps = [text for text in list_bot_texts(reader) if text.startswith("Meringkas")]
    assert len(helps) == 2
    assert len(list_bot_texts(reader)) == 3
    # The person has a code that leads an operator to the failure in the log.
    (code,) = re.findall(r"kepada admin: ([0-9A-F]{6})\.", " ".join(list_bot_texts(reader)))
    assert f"an update could not be handled ({code})" in world.log()


def test_unexpected_error_of_a_button_shows_its_code(world: World, reader: Person) -> None:
    (listed,) = reader.exchange("/berita")
    world.fault(kind="status", method="editMessageText", chat_id=reader.chat_id, code=400, count=1,
                description="Bad Request: something odd")  # fmt: skip
    apology = reader.press_and_read(listed, "Berikutnya ›")
    (code,) = re.findall(r"kepada admin: ([0-9A-F]{6})\.", apology["text"])
    assert f"an update could not be handled ({code})" in world.log()


def list_bot_texts(reader: Person) -> list[str]:
    return [message["text"] for message in reader.screen()["messages"] if message["is_bot"]]


def test_expired_list_button_is_explained(world: World, reader: Person) -> None:
    (first,) = reader.exchange("/berita")
    with sqlite3.connect(world.database, timeout=10) as connection:
        connection.execute("DELETE FROM queries")
    connection.close()
    pressed = reader.press(first, "Berikutnya ›")
    assert [toast["text"] for toast in pressed["toasts"]] == ["Daftar ini sudah kedaluwarsa. Kirim /berita lagi, ya."]


def list_label_rows(message: dict[str, Any]) -> list[list[str]]:
    return [[button["text"] for button in row] for row in message["keyboard"]]


def test_news_is_paged_and_ordered(reader: Person) -> None:
    (first,) = reader.exchange("/berita")
    titles = [line for line in first["text"].splitlines() if "Menurunkan Harga" in line]
    assert titles == [f"{n + 1}. Pasar Nomor {6 - n} Menurunkan Harga Kedelai" for n in range(5)]
    assert first["text"].endswith("Halaman 1 dari 2")
    assert list_label_rows(first) == [["Berikutnya ›"], ["Paling banyak diliput"], ["Ekonomi"]]
    pressed = reader.press(first, "Berikutnya ›")
    (second,) = pressed["messages"]
    assert second["message_id"] == first["message_id"]
    assert second["is_edited"]
    assert "7. Pasar Nomor 0 Menurunkan Harga Kedelai" in second["text"]
    # Only the first page offers the topics.
    assert list_label_rows(second) == [["‹ Sebelumnya"], ["Paling banyak diliput"]]
    back = reader.press_and_read(second, "‹ Sebelumnya")
    assert back["text"] == first["text"]
    covered = reader.press_and_read(back, "Paling banyak diliput")
    assert covered["text"].startswith("Berita terbaru\nPaling banyak diliput")
    topic = reader.press_and_read(covered, "Ekonomi")
    assert topic["text"].startswith("Berita ekonomi")


def test_topics_are_chosen_by_button(reader: Person) -> None:
    (asked,) = reader.exchange("/topik")
    assert list_label_rows(asked) == [["Ekonomi"]]
    shown = reader.press_and_read(asked, "Ekonomi")
    assert shown["text"].startswith("Berita ekonomi")
    assert shown["message_id"] == asked["message_id"]
    assert reader.say("/topik bisnis")[0].startswith("Berita ekonomi")


@pytest.mark.parametrize(
    ("asked", "heading", "count"),
    [
        ("penurunan kedelai", "Berita tentang “penurunan kedelai”", 5),
        ("kedelai 1-5 November 2019", "Berita tentang “kedelai” pada 1–5 Nov 2019", 2),
        ('"harga kedelai" sejak 20 November 2019', "Berita tentang “'harga kedelai'” sejak 20 Nov 2019", 2),
        ("November 2019", "Berita pada 1–30 Nov 2019", 5),
    ],
)
def test_search_finds_stories(reader: Person, asked: str, heading: str, count: int) -> None:
    (answer,) = reader.say(f"/cari {asked}")
    assert answer.splitlines()[0] == heading
    assert answer.count("Menurunkan Harga Kedelai") == count


def test_deep_links_open_stories_and_topics(world: World, reader: Person) -> None:
    (listed,) = reader.exchange("/berita ekonomi")
    payload = re.findall(r"start=(a\d+)", html(listed))[0]
    (story,) = reader.exchange(f"/start {payload}")
    assert "Menurunkan Harga Kedelai" in story["text"]
    assert list_label_rows(story)[-2:] == [["Ikuti", "Simpan", "Bagikan"], ["Perbanyak atau kurangi"]]
    (shared,) = [b["value"] for row in listed["keyboard"] for b in row if b["text"] == "Bagikan topik ini"]
    assert shared.endswith("start%3Dt-ekonomi")
    assert reader.say("/start t-ekonomi")[0].startswith("Berita ekonomi")
    # A reader's own text is nobody else's.
    reader.say("Rahasia Desa\n\n" + "Kepala desa membagikan beras kepada warga sejak Senin pagi di balai desa. " * 8)
    with sqlite3.connect(world.database, timeout=10) as connection:
        (own,) = connection.execute("SELECT max(id) FROM articles WHERE origin = 'chat'").fetchone()
    connection.close()
    assert reader.say(f"/start a{own}") == ["Berita itu sudah tidak ada. Yang terbaru ada di /berita."]


def test_inline_query_offers_cards(world: World, reader: Person) -> None:
    offered = reader.inline("kedelai")
    assert len(offered["results"]) == 7
    assert offered["next_offset"] == ""
    first = offered["results"][0]
    assert first["title"] == "Pasar Nomor 6 Menurunkan Harga Kedelai"
    assert first["input_message_content"]["message_text"].startswith("<b>Pasar Nomor 6")
    sent = reader.drop(offered, 0)
    assert sent["via_bot"]["username"] == "ringkas_sandbox_bot"
    # A card is no question: the next answer is that to the next question.
    (answer,) = reader.say("/bantuan")
    assert list_bot_texts(reader) == [answer]
    assert len(reader.inline("")["results"]) >= 7
    assert reader.inline("kedelai", offset="7")["results"] == []
    assert reader.inline("kedelai", offset="-1")["results"] != []
    assert reader.inline("tidak ada yang begini")["results"] == []


def test_shared_schedule_link_is_applied(world: World, reader: Person) -> None:
    (set_,) = reader.exchange("/jadwal 06:30 18:00 WITA senin")
    ((share,),) = set_["keyboard"]
    (card,) = reader.inline(share["value"])["results"]
    assert "Senin pukul 06.30 dan 18.00 WITA" in card["input_message_content"]["message_text"]
    shared = share["value"].removeprefix("#")
    friend = world.person()
    (offer,) = friend.exchange(f"/start {shared}")
    assert offer["text"] == "Kabar rutin setiap Senin pukul 06.30 dan 18.00 WITA"
    assert "Belum ada kabar rutin di sini" in friend.say("/berhenti")[0]
    taken = friend.press_and_read(offer, "Pakai jadwal ini")
    assert "setiap Senin pukul 06.30 dan 18.00 WITA" in taken["text"]
    (topics,) = friend.exchange("/start kdg_0700_0_Asia--Jakarta")
    assert "Topik: Ekonomi dan Olahraga" in topics["text"]
    friend.press(topics, "Pakai jadwal ini")
    assert "Topik: Ekonomi dan Olahraga" in friend.say("/langganan")[0]
    (toast,) = friend.forge(taken, "j1:j9900_0_UTC")["toasts"]
    assert toast["text"] == "Tombol ini sudah tidak berlaku."


def test_misspelled_search_gets_a_suggestion(reader: Person) -> None:
    (answer,) = reader.exchange("/cari penurunan kedelia")
    assert answer["text"].endswith("Maksud Anda “penurunan kedelai”?")
    (again,) = reader.exchange("/cari kedelia")
    found = reader.press_and_read(again, "Cari “kedelai”")
    assert found["text"].startswith("Berita tentang “kedelai”")
    assert "/cari harga beras" in reader.say("/cari")[0]


@pytest.mark.parametrize(
    ("asked", "heading", "count"),
    [
        ("ekonomi", "Berita ekonomi", 5),
        ("bisnis", "Berita ekonomi", 5),
        ("Kabar Desa", "Berita dari Kabar Desa", 3),
        ("kabardesa", "Berita dari Kabar Desa", 3),
        ("menurunkan kedelai", "Berita tentang “menurunkan kedelai”", 5),
        ("harganya", "Berita tentang “harganya”", 5),
    ],
)
def test_news_is_filtered_by_topic_outlet_and_words(reader: Person, asked: str, heading: str, count: int) -> None:
    (answer,) = reader.say(f"/berita {asked}")
    assert answer.splitlines()[0] == heading
    assert answer.count("Menurunkan Harga Kedelai") == count


def test_digest_is_subscribed_rescheduled_and_stopped(reader: Person) -> None:
    (started,) = reader.say("/langganan")
    assert "Dikirim setiap hari pukul 07.00 WIB." in started
    (changed,) = reader.say("/jadwal 06.30 18:00 WITA")
    assert "pukul 06.30 dan 18.00 WITA" in changed
    assert "Berikutnya: " in changed
    (shown,) = reader.say("/jadwal")
    assert "pukul 06.30 dan 18.00 WITA" in shown
    (stopped,) = reader.say("/berhenti")
    assert "dihentikan" in stopped
    (again,) = reader.say("/langganan")
    assert "pukul 06.30 dan 18.00 WITA" in again


def test_group_gets_answers_to_commands_only(world: World) -> None:
    group = world.person(type="supergroup", title="Warga", members=[1001])
    (answer,) = group.say("/berita@ringkas_sandbox_bot ekonomi")
    assert answer.startswith("Berita ekonomi")
    # A mistyped command that names this bot is answered; commands for other bots, or for none, are not.
    group.send("/brita@bot_lain")
    group.send("/brita")
    assert group.say("/brita@ringkas_sandbox_bot") == ["Saya belum kenal perintah itu. Maksud Anda /berita?"]
    assert len([m for m in group.screen()["messages"] if m["is_bot"]]) == 2


def test_slow_chat_does_not_delay_others(world: World, reader: Person, article: str) -> None:
    world.fault(kind="delay", method="sendChatAction", chat_id=reader.chat_id, seconds=2, count=1)
    slow = reader.send(f"/ringkas {article}")
    other = world.person()
    (answer,) = other.say("/bantuan")
    assert "/ringkas" in answer
    assert len(reader.answers(slow["sandbox"]["event"])) == 1


def test_text_over_the_rate_limit_gets_a_notice(
    world: World, reader: Person, site: Publish, page: str, article: str, until: Until
) -> None:
    urls = [site(f"/cepat/{number}", page) for number in range(5)]
    reader.send("/ringkas " + " ".join(urls))
    until(lambda: sum(SUMMARY_START in text for text in list_bot_texts(reader)) == 5)
    reader.send(article)
    until(lambda: [text for text in list_bot_texts(reader) if SUMMARY_START not in text] != [])
    # Cheap commands are still answered, and so are other people.
    assert "/ringkas" in reader.hear("/bantuan")["text"]
    assert SUMMARY_START in world.person().say(f"/ringkas {urls[0]}")[0]
    notices = [text for text in list_bot_texts(reader) if SUMMARY_START not in text]
    assert len(notices) == 2
    assert re.match(r"Satu per satu dulu, ya\. Kirim lagi dalam \d detik\.", notices[0])


def test_rate_limited_answer_is_sent_later(world: World) -> None:
    reader = world.person()
    world.fault(kind="status", method="sendMessage", chat_id=reader.chat_id, code=429, count=1,
                description="Too Many Requests: retry after 1", parameters={"retry_after": 1})  # fmt: skip
    (answer,) = reader.say("/bantuan")
    assert "/ringkas" in answer


def test_chat_words_are_answered(reader: Person) -> None:
    assert reader.say("terima kasih banyak") == ["Sama-sama!"]
    assert reader.say("berita hari ini") == reader.say("/berita")
    assert reader.say("Berita ekonomi")[0].startswith("Berita ekonomi")
    assert reader.say("/berita olah raga")[0].startswith("Belum ada berita olahraga")
