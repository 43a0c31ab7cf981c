"""Reading and writing on the chat page, with the test as the bot."""

from __future__ import annotations

import re
import struct
import zlib
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from bot.cli.sample_news import read_samples

if TYPE_CHECKING:
    import httpx

    from tests.browser.conftest import MonitoredPages, ScriptedBot

FORUM, CHANNEL = "Warga Kampung Melati", "Kabar Melati"


def _send_text(page: Page, text: str) -> None:
    page.get_by_label("Tulis pesan").fill(text)
    page.keyboard.press("Enter")


def _make_png(width: int = 40, height: int = 30) -> bytes:
    rows = b"".join(b"\0" + b"\x33\x90\xec" * width for _ in range(height))

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def test_first_message_is_start(bot: ScriptedBot, page: Page) -> None:
    page.get_by_role("button", name="Mulai", exact=True).click()
    assert bot.next("message")["text"] == "/start"
    _send_text(page, "halo & <b>apa kabar</b>")
    assert bot.next("message")["text"] == "halo & <b>apa kabar</b>"
    mine = page.get_by_role("article", name=re.compile("^Anda, "))
    expect(mine.last).to_contain_text("halo & <b>apa kabar</b>")


def test_entities_are_rendered(bot: ScriptedBot, chat: Page) -> None:
    bot.say(
        "<b>tebal <i>dan miring</i></b> <u>garis</u> <s>coret</s> <code>kode</code>\n"
        "<blockquote>kutipan</blockquote>\n<blockquote expandable>lagi</blockquote>\n<pre>a\n  b</pre>\n"
        'ada <tg-spoiler>rahasia</tg-spoiler> di <a href="https://warta.example/a?b=1&amp;c=2">sini</a> lalu /bantuan',
        link_preview_options={"is_disabled": True},
    )
    message = chat.get_by_role("article").last
    expect(message.locator("strong em")).to_have_text("dan miring")
    for tag, words in {"u": "garis", "s": "coret", "pre": "a\n  b"}.items():
        expect(message.locator(tag)).to_have_text(words)
    expect(message.get_by_role("link", name="sini")).to_have_attribute("href", "https://warta.example/a?b=1&c=2")
    expect(message.get_by_role("link", name="sini")).to_have_attribute("rel", re.compile("noopener noreferrer"))
    expect(message.locator("blockquote")).to_have_count(2)
    message.get_by_role("button", name="/bantuan").click()
    bot.next("message")
    assert bot.next("message")["text"] == "/bantuan"


def test_expandable_quote_is_folded_to_three_lines(bot: ScriptedBot, chat: Page) -> None:
    long, short = "Kalimat yang panjang sekali. " * 20, "Kalimat yang pendek."
    link = '<a href="https://warta.example/">sumber</a>'
    bot.say(f"<blockquote expandable>{link} {long}</blockquote>\n<blockquote expandable>{short}</blockquote>")
    quote, other = chat.locator("blockquote").first, chat.locator("blockquote").last
    expect(other).to_have_text(short)
    expect(other.get_by_role("button")).to_have_count(0)
    text = quote.locator(".quote-text")
    lines = "(node) => Math.round(node.clientHeight / parseFloat(getComputedStyle(node).lineHeight))"
    assert text.evaluate(lines) == 3
    quote.get_by_role("button", name="Selengkapnya").focus()
    chat.keyboard.press("Enter")
    expect(quote.get_by_role("button", name="Ciutkan")).to_have_attribute("aria-expanded", "true")
    assert text.evaluate(lines) > 3
    # A press anywhere on the quote folds it, but not one on a link.
    quote.get_by_role("link").dispatch_event("click")
    expect(quote.get_by_role("button", name="Ciutkan")).to_be_visible()
    text.click(position={"x": 200, "y": 40})
    expect(quote.get_by_role("button", name="Selengkapnya")).to_have_attribute("aria-expanded", "false")
    assert text.evaluate(lines) == 3


@pytest.mark.parametrize(
    ("locale", "zone", "shown"),
    [
        ("id-ID", "Asia/Jakarta", ["Rabu, 15 November 2023 pukul 05.13", "05.13", "2 jam yang lalu", "tadi"]),
        ("en-GB", "Europe/London", [re.compile("^Tuesday.+ 14 November 2023.+22:13$"), "22:13", "2 hours ago", "tadi"]),
    ],
)
def test_moments_are_in_the_zone_and_language_of_the_viewer(
    bot: ScriptedBot, http: httpx.Client, monitored: MonitoredPages, locale: str, zone: str, shown: list[Any]
) -> None:
    http.post("/sim/messages", json={"text": "/start"})
    ago = int(http.get("/sim/clock").json()["now"]) - 2 * 3600 - 60
    moments = [(1_700_000_000, "wDt"), (1_700_000_000, "t"), (ago, "r"), (ago, "")]
    bot.say("\n".join(f'<tg-time unix="{unix}" format="{form}">tadi</tg-time>' for unix, form in moments))
    page = monitored.open(locale=locale, timezone_id=zone)
    times = page.get_by_role("article").last.locator("time.moment")
    expect(times).to_have_text(shown)
    http.put("/sim/clock", json={"forward_s": 3600})
    expect(times.nth(2)).to_have_text(str(shown[2]).replace("2", "3"))


def test_spoiler_hides_its_link_and_opens_by_keyboard(bot: ScriptedBot, chat: Page) -> None:
    bot.say('Akhirnya <tg-spoiler>dia <a href="https://warta.example/akhir">menang</a></tg-spoiler>')
    cover = chat.get_by_role("button", name="Tersembunyi, tekan untuk membuka")
    assert chat.get_by_role("link", name="menang").count() == 0
    cover.focus()
    chat.keyboard.press("Enter")
    expect(chat.get_by_role("link", name="menang")).to_be_visible()
    expect(cover).to_have_count(0)


def test_press_shows_a_toast_and_edits_are_in_place(bot: ScriptedBot, chat: Page) -> None:
    keyboard = {"inline_keyboard": [[{"text": "Berikutnya ›", "callback_data": "n"}]]}
    first = bot.say("Halaman 1", reply_markup=keyboard)
    bot.say("sesudahnya")
    button = chat.get_by_role("button", name="Berikutnya ›")
    button.focus()
    chat.keyboard.press("Enter")
    expect(button).to_have_attribute("aria-busy", "true")
    query = bot.next("callback_query")
    assert (query["data"], query["from"]["id"]) == ("n", 1001)
    bot.call("answerCallbackQuery", callback_query_id=query["id"], text="Sebentar")
    expect(chat.get_by_role("status").filter(has_text="Sebentar")).to_be_visible()
    bot.call("editMessageText", chat_id=1001, message_id=first, text="Halaman 2", reply_markup=keyboard)
    articles = chat.get_by_role("article")
    expect(articles.nth(-2)).to_contain_text("Halaman 2")
    expect(articles.nth(-2)).to_contain_text("diedit")
    expect(articles.last).to_contain_text("sesudahnya")
    # The focused button keeps the focus and can be pressed again.
    expect(chat.get_by_role("button", name="Berikutnya ›")).to_be_focused()
    chat.keyboard.press("Enter")
    again = bot.next("callback_query")
    bot.call("answerCallbackQuery", callback_query_id=again["id"], text="Hati-hati!", show_alert=True)
    alert = chat.get_by_role("dialog")
    expect(alert).to_contain_text("Hati-hati!")
    alert.get_by_role("button", name="OK").click()
    expect(alert).to_have_count(0)
    bot.call("deleteMessage", chat_id=1001, message_id=first)
    expect(chat.get_by_text("Halaman 2")).to_have_count(0)


def test_reply_keyboard_is_shown_and_removed(bot: ScriptedBot, chat: Page) -> None:
    rows = {
        "keyboard": [[{"text": "Berita"}, {"text": "Jadwal"}]],
        "one_time_keyboard": True,
        "input_field_placeholder": "Pilih satu",
    }
    bot.say("Mau apa?", reply_markup=rows)
    keys = chat.get_by_role("group", name="Papan tombol")
    expect(chat.get_by_placeholder("Pilih satu")).to_be_visible()
    keys.get_by_role("button", name="Jadwal").click()
    bot.next("message")
    assert bot.next("message")["text"] == "Jadwal"
    expect(keys).to_be_hidden()
    chat.get_by_role("button", name="Papan tombol").click()
    expect(keys).to_be_visible()
    bot.say("Sudah", reply_markup={"remove_keyboard": True})
    expect(keys).to_be_hidden()
    expect(chat.get_by_role("button", name="Papan tombol")).to_be_hidden()


def test_commands_are_completed(bot: ScriptedBot, chat: Page) -> None:
    menu = [{"command": c, "description": f"tentang {c}"} for c in ("berita", "berhenti", "bantuan")]
    bot.call("setMyCommands", commands=menu)
    bot.call("setMyCommands", commands=[{"command": "news", "description": "all news"}], language_code="en")
    box = chat.get_by_label("Tulis pesan")
    box.press_sequentially("/ber")
    offered = chat.get_by_role("listbox", name="Saran").get_by_role("option")
    expect(offered).to_have_text(["/beritatentang berita", "/berhentitentang berhenti"])
    expect(box).to_have_attribute("aria-activedescendant", "suggestion-0")
    chat.keyboard.press("ArrowDown")
    expect(offered.last).to_have_attribute("aria-selected", "true")
    chat.keyboard.press("Tab")
    expect(box).to_have_value("/berhenti ")
    box.fill("")
    chat.get_by_role("button", name="Menu perintah").click()
    expect(offered).to_have_count(3)
    chat.keyboard.press("Escape")
    expect(offered).to_have_count(0)
    chat.get_by_role("radio", name="Emma").check()
    chat.get_by_role("button", name="Mulai", exact=True).click()
    chat.get_by_role("button", name="Menu perintah").click()
    expect(offered).to_have_text(["/newsall news"])
    offered.click()
    expect(chat.get_by_role("article").last).to_contain_text("/news")
    # The typed part of the chosen command is gone.
    box.press_sequentially("/ne")
    expect(offered).to_have_count(1)
    chat.keyboard.press("Enter")
    expect(box).to_have_value("")
    expect(chat.get_by_role("article")).to_have_count(3)


def test_inline_results_are_offered_and_sent(bot: ScriptedBot, chat: Page) -> None:
    chat.get_by_label("Tulis pesan").press_sequentially("@ringkas_sandbox_bot cabai")
    query = bot.next("inline_query")
    while query["query"] != "cabai":
        query = bot.next("inline_query")
    content = {"message_text": "<b>Cabai</b> turun", "parse_mode": "HTML"}
    results = [
        {"type": "article", "id": str(n), "title": title, "description": "Warta", "input_message_content": content}
        for n, title in enumerate(["Harga cabai turun", "Cabai <i>lain</i>"])
    ]
    bot.call("answerInlineQuery", inline_query_id=query["id"], results=results, cache_time=0)
    offered = chat.get_by_role("listbox", name="Saran").get_by_role("option")
    expect(offered.last).to_contain_text("Cabai <i>lain</i>")
    offered.first.click()
    sent = chat.get_by_role("article").last
    expect(sent.locator("strong")).to_have_text("Cabai")
    expect(sent).to_contain_text("lewat @ringkas_sandbox_bot")
    assert bot.next("message")["via_bot"]["username"] == "ringkas_sandbox_bot"


def test_typing_is_shown_until_the_reply(bot: ScriptedBot, chat: Page) -> None:
    bot.call("sendChatAction", chat_id=1001, action="typing")
    expect(chat.get_by_role("heading", level=2).locator("..").get_by_text("sedang mengetik…")).to_be_visible()
    bot.say("Sudah")
    expect(chat.get_by_text("sedang mengetik…").locator("visible=true")).to_have_count(0)


def test_files_and_pictures_are_sent_and_received(bot: ScriptedBot, chat: Page) -> None:
    chat.get_by_label("Lampirkan berkas", exact=True).and_(chat.locator("input")).set_input_files(
        {"name": "artikel.txt", "mimeType": "text/plain", "buffer": b"isi"}
    )
    expect(chat.get_by_text("artikel.txt")).to_be_visible()
    _send_text(chat, "/ringkas")
    bot.next("message")
    said = bot.next("message")
    assert (said["document"]["file_name"], said["caption"]) == ("artikel.txt", "/ringkas")
    with chat.expect_download() as saved:
        chat.get_by_role("link", name="artikel.txt").click()
    assert saved.value.suggested_filename == "artikel.txt"
    assert saved.value.path().read_bytes() == b"isi"
    chat.get_by_label("Lampirkan berkas", exact=True).and_(chat.locator("input")).set_input_files(
        {"name": "biru.png", "mimeType": "image/png", "buffer": _make_png()}
    )
    _send_text(chat, "")
    assert bot.next("message")["photo"][-1]["width"] == 40
    bot.call("sendPhoto", files={"photo": ("p.png", _make_png(60, 50), "image/png")}, chat_id="1001", caption="Peta")
    last = chat.get_by_role("article").last
    expect(last).to_contain_text("Peta")
    assert last.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 60
    last.get_by_role("button", name="Lihat foto").click()
    expect(chat.get_by_role("dialog").locator("img")).to_be_visible()
    chat.keyboard.press("Escape")
    expect(chat.get_by_role("dialog")).to_have_count(0)


def test_link_cards_follow_preview_options(bot: ScriptedBot, chat: Page) -> None:
    url = "https://www.warta.example/ekonomi/2026/harga-cabai-turun.html"
    bot.say(f"Baca {url}")
    card = chat.get_by_role("article").last.locator(".card")
    expect(card).to_contain_text("warta.example")
    expect(card).to_contain_text("Harga cabai turun")
    bot.say(f"Tanpa kartu {url}", link_preview_options={"is_disabled": True})
    expect(chat.get_by_role("article").last).to_contain_text("Tanpa kartu")
    expect(chat.get_by_role("article").last.locator(".card")).to_have_count(0)
    expect(chat.get_by_text("Gambar artikel tidak diambil")).to_have_count(0)
    bot.say("Di atas", link_preview_options={"url": url, "show_above_text": True, "prefer_large_media": True})
    above = chat.get_by_role("article").last
    expect(above.locator(".card")).to_contain_text("Gambar artikel tidak diambil di sandbox")
    expect(above.locator(".bubble > :first-child")).to_have_class(re.compile("card"))


def test_card_of_the_sample_news_has_its_picture_and_opens_its_page(bot: ScriptedBot, chat: Page) -> None:
    name = read_samples()[0].name
    url = urljoin(chat.url, f"/berita/2026-11-01/{name}")
    bot.say("Berita", link_preview_options={"url": url, "show_above_text": True, "prefer_large_media": True})
    card = chat.get_by_role("article").last.locator(".card")
    expect(card).to_contain_text("Berita contoh")
    assert card.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    with chat.expect_popup() as opened:
        card.click()
    expect(opened.value.get_by_role("heading")).to_be_visible()
    assert opened.value.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") > 0


def test_messages_are_replied_to_and_edited(bot: ScriptedBot, chat: Page) -> None:
    asked = bot.say("Apa judulnya?")
    theirs = chat.get_by_role("article").last
    theirs.hover()
    theirs.get_by_role("button", name="Balas").click()
    expect(chat.get_by_text("Membalas Ringkas")).to_be_visible()
    _send_text(chat, "Cabai")
    bot.next("message")
    assert bot.next("message")["reply_to_message"]["message_id"] == asked
    mine = chat.get_by_role("article").last
    expect(mine).to_contain_text("Apa judulnya?")
    mine.hover()
    mine.get_by_role("button", name="Edit").click()
    expect(chat.get_by_label("Tulis pesan")).to_have_value("Cabai")
    _send_text(chat, "Cabai turun")
    assert bot.next("edited_message")["text"] == "Cabai turun"
    expect(chat.get_by_role("article").last).to_contain_text("diedit")


def test_force_reply_quotes_the_message(bot: ScriptedBot, chat: Page, http: httpx.Client) -> None:
    asked = bot.say("Kota mana?", reply_markup={"force_reply": True})
    expect(chat.get_by_text("Membalas Ringkas")).to_be_visible()
    _send_text(chat, "Ambon")
    bot.next("message")
    assert bot.next("message")["reply_to_message"]["message_id"] == asked
    # In a group, a selective message forces a reply from one user only.
    chat.get_by_role("button", name="Keluarga Sari").click()
    group = -4_000_001
    for person, count in ((1002, 0), (1001, 1)):
        said = http.post("/sim/messages", json={"chat_id": group, "user_id": person, "text": "/jadwal"}).json()
        reply = {"message_id": said["message_id"]}
        markup = {"force_reply": True, "selective": True}
        bot.say(f"Jam berapa, {person}?", chat_id=group, reply_parameters=reply, reply_markup=markup)
        expect(chat.get_by_role("article").last).to_contain_text(f"Jam berapa, {person}?")
        expect(chat.get_by_text("Membalas Ringkas")).to_have_count(count)


def test_chats_topics_and_users_are_switched(bot: ScriptedBot, chat: Page, http: httpx.Client) -> None:
    bot.say("Halo, Sari")
    expect(chat.get_by_role("article").last).to_contain_text("Halo, Sari")
    forum = chat.get_by_role("button", name=FORUM)
    forum.click()
    chat.get_by_role("tab", name="Berita").click()
    _send_text(chat, "/berita")
    said = bot.next("message")
    while said.get("text") != "/berita":
        said = bot.next("message")
    assert said["is_topic_message"] is True
    bot.say("Berita warga", chat_id=said["chat"]["id"], message_thread_id=said["message_thread_id"])
    answer = chat.get_by_role("article").last
    expect(answer).to_contain_text("Berita warga")
    expect(answer.locator(".sender")).to_have_text("Ringkas")
    chat.get_by_role("tab", name="Umum").click()
    expect(chat.get_by_role("article")).to_have_count(0)
    chat.get_by_role("radio", name="Budi").check()
    expect(chat.get_by_role("heading", name=FORUM)).to_be_visible()
    _send_text(chat, "/jadwal")
    assert bot.next("message")["from"]["first_name"] == "Budi"
    chat.get_by_role("button", name=CHANNEL).click()
    expect(chat.get_by_text("Hanya admin yang menulis di kanal")).to_be_visible()
    chat.get_by_role("radio", name="Sari").check()
    _send_text(chat, "Pengumuman")
    assert bot.next("channel_post")["text"] == "Pengumuman"
    bot.say("Satu lagi", chat_id=1001)
    own = chat.get_by_role("navigation").get_by_role("button", name=re.compile("^Ringkas"))
    expect(own).to_contain_text("Satu lagi")
    expect(own.get_by_label("1 belum dibaca")).to_be_visible()


def test_deep_link_to_the_bot_is_opened_in_the_page(bot: ScriptedBot, chat: Page) -> None:
    bot.next("message")
    bot.say(
        '<a href="https://t.me/ringkas_sandbox_bot?start=abc">simpan</a>', link_preview_options={"is_disabled": True}
    )
    chat.get_by_role("link", name="simpan").click()
    assert bot.next("message")["text"] == "/start abc"


def test_description_of_the_bot_is_shown_before_the_start(bot: ScriptedBot, page: Page) -> None:
    bot.call("setMyDescription", description="Meringkas <b>berita</b>")
    bot.call("setMyDescription", description="Sums up news", language_code="en")
    description = page.get_by_role("region", name="Apa yang bisa dilakukan bot ini?")
    expect(description).to_contain_text("Meringkas <b>berita</b>")
    page.get_by_role("radio", name="Emma").check()
    expect(description).to_contain_text("Sums up news")
    page.get_by_role("button", name="Mulai", exact=True).click()
    expect(page.get_by_role("article")).to_contain_text("/start")
    expect(description).to_have_count(0)


def test_guide_offers_first_steps_until_they_are_done_or_closed(
    bot: ScriptedBot, page: Page, http: httpx.Client
) -> None:
    guide = page.get_by_role("region", name="Coba dulu")
    guide.get_by_role("button", name="/start").click()
    assert bot.next("message")["text"] == "/start"
    steps = guide.locator(".guide-step")
    expect(steps).to_have_text(["/berita", "Tempel berita contoh", "/langganan", "Maju ke kabar pagi"])
    steps.first.focus()
    for said in ("/berita", None, "/langganan"):
        if said:
            page.keyboard.press("Enter")
            assert bot.next("message")["text"] == said
        else:
            page.keyboard.press("Enter")
            expect(page.get_by_label("Tulis pesan")).to_have_value(re.compile("^Harga Cabai.+\n", re.DOTALL))
            steps.first.focus()
    before = http.get("/sim/clock").json()["ahead_s"]
    steps.first.click()
    expect(guide).to_be_hidden()
    assert http.get("/sim/clock").json()["ahead_s"] > before
    page.get_by_role("radio", name="Budi").check()
    guide.get_by_role("button", name="Tutup saran").click()
    expect(guide).to_be_hidden()
    expect(page.get_by_role("button", name="Mulai", exact=True)).to_be_focused()
    page.reload()
    expect(page.get_by_role("button", name="Mulai", exact=True).or_(page.get_by_label("Tulis pesan"))).to_be_visible()
    expect(guide).to_be_hidden()


def test_reset_is_confirmed_in_a_dialog(bot: ScriptedBot, chat: Page) -> None:
    chat.get_by_role("button", name="Panel pengembang").click()
    reset = chat.get_by_role("button", name="Mulai dari awal")
    reset.focus()
    chat.keyboard.press("Enter")
    question = chat.get_by_role("alertdialog", name="Mulai dari awal")
    expect(question).to_contain_text("Semua pesan")
    expect(question.get_by_role("button", name="Batal")).to_be_focused()
    chat.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(reset).to_be_focused()
    expect(chat.get_by_role("article")).to_have_count(1)
    chat.keyboard.press("Enter")
    chat.keyboard.press("Tab")
    chat.keyboard.press("Enter")
    expect(chat.get_by_role("article")).to_have_count(0)
    expect(chat.get_by_role("button", name="Mulai", exact=True)).to_be_visible()


def test_posts_name_their_channel(bot: ScriptedBot, page: Page) -> None:
    bot.say("Kabar pagi", chat_id=-1_001_000_000_002)
    page.get_by_role("button", name=CHANNEL).click()
    expect(page.get_by_role("article").locator(".sender")).to_have_text(CHANNEL)


# Return the words on buttons that are broken, or that come within 6 pixels of the button's edge.
BROKEN_WORDS = """() => [...document.querySelectorAll(".key, .reply-key")].flatMap((key) => {
  const walker = document.createTreeWalker(key, NodeFilter.SHOW_TEXT);
  const text = walker.nextNode();
  const frame = key.getBoundingClientRect();
  return [...text.data.matchAll(/\\S+/g)].filter((word) => {
    const range = document.createRange();
    range.setStart(text, word.index);
    range.setEnd(text, word.index + word[0].length);
    const { left, right } = range.getBoundingClientRect();
    const lines = new Set([...range.getClientRects()].map((line) => line.top));
    return lines.size > 1 || left < frame.left + 6 || right > frame.right - 6;
  }).map((word) => word[0]);
})"""


@pytest.mark.parametrize("width", [360, 430])
def test_words_on_buttons_are_never_broken(
    bot: ScriptedBot, monitored: MonitoredPages, http: httpx.Client, width: int
) -> None:
    http.post("/sim/messages", json={"text": "/start"})
    names = [["Nasional", "Internasional", "Kesehatan"], ["Tunjukkan di artikel", "Lebih ringkas"], ["Gaya hidup"]]
    rows = [[{"text": name, "callback_data": name} for name in row] for row in names]
    bot.say("Pilih topik", chat_id=1001, reply_markup={"inline_keyboard": rows})
    page = monitored.open(width=width, height=800, has_touch=True)
    expect(page.get_by_role("button", name="Kesehatan")).to_be_visible()
    for size in (16, 20, 24):
        page.evaluate("(size) => (document.documentElement.style.fontSize = `${size}px`)", size)
        assert page.evaluate(BROKEN_WORDS) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width


def test_theme_and_language_are_switched(bot: ScriptedBot, monitored: MonitoredPages) -> None:
    page = monitored.open(color_scheme="dark")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.get_by_role("button", name="Tema: ikut sistem").click()
    light = page.evaluate(ground)
    assert light != dark
    page.get_by_role("button", name="Tema: terang").click()
    assert page.evaluate(ground) == dark
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == "en"


def test_phone_layout_shows_the_chat_list_separately(bot: ScriptedBot, monitored: MonitoredPages) -> None:
    page = monitored.open(width=390, height=844, has_touch=True)
    expect(page.get_by_role("button", name="Mulai", exact=True)).to_be_visible()
    page.get_by_role("button", name="Kembali ke daftar obrolan").click()
    expect(page.get_by_role("main")).to_be_hidden()
    page.get_by_role("button", name=CHANNEL).click()
    expect(page.get_by_role("heading", name=CHANNEL)).to_be_visible()
    expect(page.get_by_role("navigation", name="Obrolan")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_input_has_its_height_in_a_chat_that_was_opened_behind_the_list(
    bot: ScriptedBot, monitored: MonitoredPages
) -> None:
    page = monitored.open(width=390, height=844, has_touch=True)
    page.get_by_role("button", name="Kembali ke daftar obrolan").click()
    page.get_by_role("radio", name="Budi").check()
    page.get_by_role("navigation").get_by_role("button", name=re.compile("^Ringkas")).click()
    page.get_by_role("button", name="Mulai", exact=True).click()
    box = page.get_by_label("Tulis pesan")
    expect(box).to_be_visible()
    assert box.evaluate("(node) => node.clientHeight") > 30


def test_new_message_does_not_scroll_a_reader_who_scrolled_up(bot: ScriptedBot, chat: Page, http: httpx.Client) -> None:
    http.put("/sim/limits", json={"is_on": False})
    for number in range(30):
        bot.say(f"Baris {number}")
    lines = chat.get_by_role("article")
    expect(lines.last).to_contain_text("Baris 29")
    expect(lines.last).to_be_in_viewport()
    lines.nth(1).scroll_into_view_if_needed()
    jump = chat.get_by_role("button", name="Ke pesan terbaru")
    expect(jump).to_be_visible()
    bot.say("Yang baru")
    expect(lines.last).to_contain_text("Yang baru")
    expect(lines.nth(1)).to_be_in_viewport()
    jump.click()
    expect(lines.last).to_be_in_viewport()
    http.put("/sim/limits", json={"is_on": True})
