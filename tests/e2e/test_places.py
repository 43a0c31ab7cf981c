"""Groups, forum topics, channels and their events; a chat's stored data; the bot's admins."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.e2e.conftest import Json, Person, Until, World

ADMIN, OWNER, MEMBER = 9001, 3001, 3002
# The same reply in every case, so that it does not reveal in which chats the bot is.
FOREIGN = "Saya tidak menemukan obrolan itu, atau Anda bukan adminnya. Masukkan saya ke sana dulu, dan periksa namanya."
ADMINS_ONLY = "Hanya admin grup atau kanal ini yang bisa mengubahnya."
DIGESTS = ("Kabar Pagi", "Kabar Siang", "Kabar Sore", "Kabar Malam")
RESUMED = "Pantauan dan berita yang diikuti di sini juga berjalan lagi: /pantau, /ikuti"


@pytest.fixture(scope="module", autouse=True)
def bot(world: World, article: str) -> Iterator[None]:
    """One bot for this module, with one article and an admin."""
    (world.folder / "berita.txt").write_text(article, encoding="utf-8")
    world.command("import", str(world.folder / "berita.txt"))
    world.person(type="private", chat_id=ADMIN)
    with world.bot(ADMIN_IDS=str(ADMIN)):
        yield


@pytest.fixture
def admin(world: World) -> Person:
    return world.person(type="private", chat_id=ADMIN)


def make_group(world: World, kind: str = "supergroup", **more: Any) -> Person:
    """A group as its owner sees it; the other one is an ordinary member."""
    made = world.person(type=kind, title="Warga Desa", admins=[OWNER], members=[MEMBER], **more)
    return made.member(OWNER)


def make_due(world: World, chat_id: int) -> None:
    due = datetime.now(UTC).isoformat(timespec="microseconds")
    with sqlite3.connect(world.database, timeout=10) as connection:
        connection.execute("UPDATE subscriptions SET next_due_at = ? WHERE chat_id = ?", [due, chat_id])
    connection.close()


def get_menu(world: World, scope: str, language: str = "") -> list[str]:
    menus = world.http.get("/sim/commands").json()["menus"]
    (found,) = [m["commands"] for m in menus if (m["scope"], m["language_code"]) == (scope, language)]
    return [command["command"] for command in found]


def test_menus_depend_on_chat_type_and_language(world: World, until: Until) -> None:
    until(lambda: any(m["scope"] == f"chat:{ADMIN}" for m in world.http.get("/sim/commands").json()["menus"]))
    for language, names in (("", ("ringkas", "langganan", "hapusdata")), ("en", ("summarise", "digest", "deletedata"))):
        assert {*names} <= {*get_menu(world, "all_private_chats", language)}
        assert names[1] not in get_menu(world, "all_group_chats", language)
        assert names[1] in get_menu(world, "all_chat_administrators", language)
    assert {"status", "siaran", "blokir"} <= {*get_menu(world, f"chat:{ADMIN}")}
    assert not any("status" in get_menu(world, scope) for scope in ("default", "all_private_chats"))


def test_group_menu_uses_the_language_of_the_group(world: World) -> None:
    owner = make_group(world)
    owner.say("/bahasa en")
    menus = world.http.get("/sim/commands").json()["menus"]
    (own,) = [m["commands"] for m in menus if m["scope"] == f"chat_administrators:{owner.chat_id}"]
    assert {"command": "language", "description": "Language: English, Indonesian"} in own


@pytest.mark.parametrize("command", ["/langganan", "/jadwal 08:00", "/berhenti", "/bahasa en", "/dataku", "/hapusdata"])
def test_only_administrators_change_group_settings(world: World, command: str) -> None:
    owner = make_group(world)
    member = owner.member(MEMBER)
    assert member.say(command) == [ADMINS_ONLY]
    assert owner.say(f"{command.split(maxsplit=1)[0]}@ringkas_sandbox_bot")[0] != ADMINS_ONLY
    # Nobody answers commands for other bots.
    before = owner.screen()["last_message_id"]
    member.send("/langganan@lain_bot")
    assert owner.say("/bantuan@ringkas_sandbox_bot")
    assert owner.screen()["last_message_id"] == before + 3


def test_anonymous_administrator_may_change_settings(world: World) -> None:
    owner = make_group(world)
    (panel,) = owner.exchange("/langganan", is_anonymous=True)
    assert "pukul 07.00 WIB" in panel["text"]


def test_group_panel_accepts_administrators_only(world: World) -> None:
    owner = make_group(world)
    (panel,) = owner.exchange("/langganan")
    refused = owner.member(MEMBER).press(panel, "Hentikan")
    assert [toast["text"] for toast in refused["toasts"]] == [ADMINS_ONLY]
    assert refused["messages"] == []
    stopped = owner.press_and_read(panel, "Hentikan")
    assert "Kabar rutin sedang dihentikan" in stopped["text"]


def test_typed_answer_in_a_group_is_accepted_from_administrators_only(world: World, until: Until) -> None:
    owner = make_group(world)
    (panel,) = owner.exchange("/langganan")
    zone = owner.press_and_read(panel, "Zona")
    question = owner.press_and_read(zone, "Kota lain")
    refused = owner.member(MEMBER).hear("Ambon", reply_to_message_id=question["message_id"])
    assert refused["text"] == ADMINS_ONLY
    answer = owner.hear("Ambon", reply_to_message_id=question["message_id"])
    assert "pukul 07.00 WIT" in answer["text"]


def test_command_deleted_by_another_bot_is_answered(world: World, until: Until) -> None:
    owner = make_group(world)
    made = len(world.calls("sendMessage"))
    world.fault(kind="delay", method="sendMessage", chat_id=owner.chat_id, seconds=2.0)
    sent = owner.send("/bantuan")
    until(lambda: len(world.calls("sendMessage")) > made)
    owner.happen("delete_message", message_id=sent["message_id"])
    (answer,) = owner.answers(sent["sandbox"]["event"])
    assert answer["text"].startswith("Meringkas\n")
    assert answer["reply_to_message_id"] is None


def test_button_of_an_inaccessible_message_is_out_of_date(world: World) -> None:
    owner = make_group(world)
    (panel,) = owner.exchange("/langganan")
    owner.happen("hide_message", message_id=panel["message_id"])
    pressed = owner.press(panel, "Hentikan")
    assert [toast["text"] for toast in pressed["toasts"]] == ["Tombol ini sudah tidak berlaku. Kirim lagi perintahnya."]
    assert pressed["messages"] == []


def test_forged_press_on_an_inline_card_is_refused(world: World) -> None:
    reader = world.person()
    sent = reader.drop(reader.inline("beras"), 0)
    for data in ("s1::r", "b1:1:0:n", "t1:ekonomi", "n1:dd", "h1:y", "x1"):
        (toast,) = reader.forge(sent, data)["toasts"]
        assert toast["text"] == "Tombol ini sudah tidak berlaku. Kirim lagi perintahnya."


def test_answers_and_digests_go_to_their_topic(world: World) -> None:
    forum = make_group(world, "forum")
    topic = forum.happen("topic", name="Berita")["message_thread_id"]
    (answer,) = forum.exchange("/jadwal 07:00", message_thread_id=topic)
    assert answer["message_thread_id"] == topic
    event = forum.screen()["event"]
    make_due(world, forum.chat_id)
    (digest,) = forum.feed(event)
    assert digest["text"].startswith(DIGESTS)
    assert digest["message_thread_id"] == topic


def test_digest_falls_back_to_the_general_topic_when_its_topic_is_deleted(world: World) -> None:
    forum = make_group(world, "forum")
    topic = forum.happen("topic", name="Berita")["message_thread_id"]
    forum.say("/langganan", message_thread_id=topic)
    forum.happen("delete_topic", message_thread_id=topic)
    event = forum.screen()["event"]
    make_due(world, forum.chat_id)
    (digest,) = forum.feed(event)
    assert digest["text"].startswith(DIGESTS)
    assert digest["message_thread_id"] is None


def test_channel_is_managed_from_a_private_chat(world: World) -> None:
    channel = world.person(type="channel", title="Kanal Desa", username="kanal_desa", admins=[OWNER, ADMIN])
    owner = world.person(type="private", chat_id=OWNER)
    (panel,) = owner.exchange("/langganan @kanal_desa")
    assert panel["text"].startswith("Kabar rutin untuk Kanal Desa\nDikirim setiap hari pukul 07.00 WIB.")
    zone = owner.press_and_read(panel, "Zona")
    owner.press(zone, "WIT")
    event = channel.screen()["event"]
    make_due(world, channel.chat_id)
    (digest,) = channel.feed(event)
    assert digest["text"].startswith(DIGESTS)
    assert digest["from"] is None
    # The owner's own chat has no digest by that.
    assert "Belum ada kabar rutin" in owner.say("/mengapa")[0]


def test_command_posted_in_a_channel_is_ignored(world: World) -> None:
    channel = world.person(type="channel", title="Kanal Diam", admins=[OWNER])
    channel.send("/langganan")
    # The answer to a later message shows that the post was passed over.
    assert world.person().say("/bantuan")
    assert [m for m in channel.screen()["messages"] if m["is_bot"]] == []
    assert query_store(world, "SELECT 1 FROM subscriptions WHERE chat_id = ?", channel.chat_id) == []


def test_forwarded_channel_post_sets_up_its_digest(world: World) -> None:
    channel = world.person(type="channel", title="Kanal Desa", admins=[OWNER], bot_status="left")
    owner = world.person(type="private", chat_id=OWNER)
    event = owner.screen()["event"]
    channel.happen("promote", by=OWNER)
    # Nothing is posted in the channel; the person who added the bot is asked in private.
    (offered,) = owner.feed(event)
    assert offered["text"] == "Sekarang saya bisa mengirim ke Kanal Desa. Mau kabar rutin di sana?"
    assert not [m for m in channel.screen()["messages"] if m["is_bot"]]
    post = {"title": "Kanal Desa", "chat_id": channel.chat_id}
    (panel,) = owner.say("Halo warga", forward_from_channel=post)
    assert panel.startswith("Kabar rutin untuk Kanal Desa")
    begun = owner.press_and_read(offered, "Atur kabar rutin")
    assert begun["text"] == panel


def test_channel_is_chosen_by_name_or_forwarded_post(world: World) -> None:
    channel = world.person(type="channel", title="Kanal Lain", username="kanal_lain", admins=[OWNER])
    owner = world.person(type="private", chat_id=OWNER)
    (asked,) = owner.say("/langganan kanal")
    assert "Jadikan saya admin kanal Anda dulu" in asked
    (panel,) = owner.say("Halo", forward_from_channel={"title": "Kanal Lain", "chat_id": channel.chat_id})
    assert panel.startswith("Kabar rutin untuk Kanal Lain")


@pytest.mark.parametrize(
    ("channel", "says"),
    [
        ({"admins": [MEMBER]}, FOREIGN),
        ({"admins": [OWNER], "bot_status": "left"}, FOREIGN),
        ({"admins": [OWNER], "bot_status": "member"}, FOREIGN),
        ({"admins": [OWNER], "bot_rights": {"can_post_messages": False}}, "Saya belum bisa mengirim ke kanal itu."),
    ],
)
def test_channel_without_rights_cannot_be_set_up(world: World, channel: Json, says: str, request: Any) -> None:
    name = f"kanal_{abs(hash(request.node.name)) % 10**6}"
    world.person(type="channel", username=name, **channel)
    owner = world.person(type="private", chat_id=OWNER)
    assert owner.say(f"/langganan @{name}")[0].startswith(says)
    assert owner.say("/langganan @tidak_ada_sama_sekali") == [FOREIGN]


def test_migrated_group_keeps_its_settings(world: World, until: Until) -> None:
    owner = make_group(world, "group")
    owner.say("/jadwal 06:15 WITA")
    owner.say("/bahasa en")
    moved = owner.happen("migrate")["chat_id"]
    new = type(owner)(world.http, moved, OWNER)
    until(lambda: "every day at 06:15 WITA" in new.say("/jadwal")[0])


def test_bot_restores_a_chat_after_readmission(world: World, until: Until) -> None:
    owner = make_group(world)
    owner.say("/jadwal 06:15")
    owner.happen("kick")
    until(lambda: query_store(world, "SELECT is_active FROM subscriptions WHERE chat_id = ?", owner.chat_id) == [0])
    event = owner.screen()["event"]
    owner.happen("add")
    (greeting,) = owner.feed(event)
    assert greeting["text"].startswith(
        "Saya sudah kembali, dan kabar rutin berjalan lagi:\nKabar rutin dikirim setiap hari"
    )
    assert query_store(world, "SELECT is_active FROM subscriptions WHERE chat_id = ?", owner.chat_id) == [1]
    # A digest that an administrator stopped stays stopped.
    owner.say("/berhenti")
    owner.happen("kick")
    event = owner.screen()["event"]
    owner.happen("add")
    (greeting,) = owner.feed(event)
    assert greeting["text"] == "Saya sudah kembali. Kabar rutin yang dulu bisa dilanjutkan dengan /langganan."
    assert "pukul 06.15 WIB" in owner.say("/langganan")[0]


def test_new_group_is_greeted_once(world: World) -> None:
    owner = make_group(world, bot_status="left")
    event = owner.screen()["event"]
    owner.happen("add")
    (greeting,) = owner.feed(event)
    assert greeting["text"].startswith("Halo! Balas pesan berisi tautan")
    owner.happen("promote")
    assert len(owner.say("/bantuan")) == 1


def test_block_pauses_digest_and_watches_until_the_reader_returns(world: World, until: Until) -> None:
    reader = world.person()
    reader.say("/langganan")
    reader.say("/pantau gempa lombok")
    reader.happen("block")
    until(lambda: query_store(world, "SELECT is_active FROM subscriptions WHERE chat_id = ?", reader.chat_id) == [0])
    listens = "SELECT listens_since NOT NULL FROM watches WHERE chat_id = ?"
    assert query_store(world, listens, reader.chat_id) == [0]
    reader.happen("unblock")
    (welcome,) = reader.say("/start")
    assert welcome.startswith("Selamat datang kembali! Kabar rutin Anda berjalan lagi seperti dulu.")
    assert "pukul 07.00 WIB" in welcome
    assert welcome.endswith(f"\n{RESUMED}")
    assert query_store(world, listens, reader.chat_id) == [1]
    assert query_store(world, "SELECT is_active FROM subscriptions WHERE chat_id = ?", reader.chat_id) == [1]
    reader.say("/berhenti")
    assert reader.say("/start")[0].startswith("Halo!")
    # A watch also rests without a digest, and any command wakes it.
    reader.happen("block")
    until(lambda: query_store(world, listens, reader.chat_id) == [0])
    reader.happen("unblock")
    welcome, listed = (message["text"] for message in reader.hear_all("/pantau", 2))
    assert (
        welcome
        == "Selamat datang kembali!\nPantauan dan berita yang diikuti di sini juga berjalan lagi: /pantau, /ikuti"
    )
    assert "gempa lombok (langsung)" in listed
    assert query_store(world, listens, reader.chat_id) == [1]


def query_store(world: World, sql: str, *values: object) -> list[object]:
    with sqlite3.connect(world.database, timeout=10) as connection:
        found = [value for (value,) in connection.execute(sql, values)]
    connection.close()
    return found


def test_stored_data_is_exported_and_deleted(world: World, until: Until) -> None:
    reader = world.person()
    nothing = f"Saya tidak menyimpan apa-apa tentang obrolan ini.\nID Telegram Anda: {reader.chat_id}"
    assert reader.say("/dataku") == [nothing]
    reader.say("/jadwal 06:15 WITA")
    reader.say("/bahasa id")
    event = reader.screen()["event"]
    make_due(world, reader.chat_id)
    reader.feed(event)
    until(lambda: query_store(world, "SELECT outcome FROM deliveries WHERE chat_id = ?", reader.chat_id) == ["sent"])
    answer = reader.hear("/dataku")
    assert answer["text"].endswith(f"\nID Telegram Anda: {reader.chat_id}")
    document = answer["document"]
    assert document["file_name"] == f"ringkas-{reader.chat_id}.json"
    data = json.loads(world.file(document["file_id"]))
    assert data["chat_id"] == reader.chat_id
    assert data["stored"]["subscriptions"][0]["times"] == "06:15"
    assert data["stored"]["chat_settings"][0]["language"] == "id"
    assert data["stored"]["deliveries"][0]["outcome"] == "sent"
    assert data["stored"]["outbox"][0]["html"].startswith("<b>Kabar")
    assert data["stored"]["delivered_articles"]
    (asked,) = reader.exchange("/hapusdata")
    kept = reader.press_and_read(asked, "Tidak jadi")
    assert kept["text"] == "Tidak ada yang dihapus."
    (asked,) = reader.exchange("/hapusdata")
    assert reader.answers(reader.tap(asked, "Hapus semua", times=2))
    assert reader.say("/dataku") == [nothing]
    assert query_store(world, "SELECT count(*) FROM delivered_articles WHERE chat_id = ?", reader.chat_id) == [0]


def test_digest_history_explains_each_outcome(world: World, until: Until) -> None:
    reader = world.person()
    (said,) = reader.say("/mengapa")
    assert said.startswith("Belum ada kabar rutin di sini.")
    assert said.endswith("Belum ada kabar rutin yang sampai jadwalnya.")
    (panel,) = reader.exchange("/langganan")
    event = reader.screen()["event"]
    make_due(world, reader.chat_id)
    reader.feed(event)
    until(lambda: "terkirim, 1 berita" in reader.say("/mengapa")[0])
    reader.press(panel, "Tanpa berita: kabari")
    make_due(world, reader.chat_id)
    until(lambda: "dilewati karena tidak ada berita baru" in reader.say("/mengapa")[0])


def test_sources_command_offers_changes_to_admins_only(world: World, admin: Person) -> None:
    (said,) = world.person().say("/sumber")
    assert said.startswith("Sumber berita\n")
    assert "kanal berita (RSS) dari" in said
    assert "ANTARA" in said.upper()
    assert "/sumber tambah" not in said
    (listing,) = admin.say("/sumber")
    assert "/sumber tambah" in listing


FEED = """<?xml version="1.0"?><rss version="2.0"><channel><title>Kabar Kampung - Ekonomi</title>
<item><title>Panen Raya</title><link>{url}/panen</link><pubDate>Mon, 23 Nov 2026 08:00:00 +0700</pubDate></item>
</channel></rss>"""


def test_admins_add_and_remove_sources(world: World, admin: Person, site: Any) -> None:
    url = site("/rss.xml", FEED.format(url="http://127.0.0.1"), "application/rss+xml")
    (added,) = admin.say(f"/sumber tambah {url} ekonomi")
    assert added.startswith("Ditambahkan: ")
    key = added.removeprefix("Ditambahkan: ").split(" ")[0]
    (removed,) = admin.say(f"/sumber hapus {key}")
    assert removed == f"Dihapus: {key}."
    assert admin.say(f"/sumber hapus {key}") == [f"Tidak ada sumber {key}."]
    (gone,) = admin.say(f"/sumber tambah {url}-tidak-ada")
    assert "Halaman itu tidak ada" in gone
    # For others it is a list like any other.
    (others,) = world.person().say(f"/sumber tambah {url}")
    assert others.startswith("Sumber berita")


@pytest.mark.parametrize("command", ["/status", "/siaran halo", "/blokir 5"])
def test_admin_commands_are_unknown_to_others(world: World, command: str) -> None:
    assert "Saya belum kenal perintah itu" in world.person().say(command)[0]


def test_status_command_shows_figures(admin: Person) -> None:
    (said,) = admin.say("/status")
    assert said.startswith("Keadaan bot\nBerjalan sejak ")
    assert "Artikel: 1 (1 dalam 24 jam terakhir) tentang 1 peristiwa" in said


def test_blocked_user_gets_no_answer_until_unblocked(world: World, admin: Person) -> None:
    reader = world.person()
    reader.say("/langganan")
    reader.say("/pantau beras")
    assert admin.say(f"/blokir {reader.chat_id}") == [
        f"{reader.chat_id} diblokir. Pesannya tidak dijawab dan kabar rutinnya tidak dikirim."
    ]
    assert str(reader.chat_id) in admin.say("/blokir")[0]
    assert query_store(world, "SELECT count(*) FROM watches WHERE chat_id = ?", reader.chat_id) == [0]
    before = reader.screen()["last_message_id"]
    reader.send("/bantuan")
    # The answer to somebody else's later message shows that this one was passed over.
    assert admin.say("/bantuan")
    admin.say(f"/blokir buka {reader.chat_id}")
    assert reader.say("/bantuan")
    assert reader.screen()["last_message_id"] == before + 3
    assert "Kabar rutin sedang dihentikan" in reader.say("/mengapa")[0]
    assert "Tulis ID" in admin.say("/blokir saya")[0]
    assert "Tulis ID" in admin.say(f"/blokir {ADMIN}")[0]


def test_broadcast_is_previewed_confirmed_and_delivered(world: World, admin: Person, until: Until) -> None:
    readers = [world.person() for _ in range(2)]
    for reader in readers:
        reader.say("/langganan")
    events = [reader.screen()["event"] for reader in readers]
    shown, asked = admin.hear_all("/siaran Halo <semua> & selamat pagi", 2)
    assert shown["text"] == "Halo <semua> & selamat pagi"
    assert "obrolan dengan kabar rutin atau pantauan. Kirim?" in asked["text"]
    admin.answers(admin.tap(asked, "Kirim", times=2))
    for reader, event in zip(readers, events, strict=True):
        assert [m["text"] for m in reader.feed(event)] == ["Halo <semua> & selamat pagi"]
    until(lambda: admin.shown(asked)["text"].startswith("Selesai: "))
    assert admin.shown(asked)["keyboard"] == []
    for reader in readers:
        assert [m["text"] for m in reader.screen()["messages"]].count("Halo <semua> & selamat pagi") == 1


def test_broadcast_is_cancelled(world: World, admin: Person) -> None:
    reader = world.person()
    reader.say("/langganan")
    _, asked = admin.hear_all("/siaran Salah kirim", 2)
    stopped = admin.press_and_read(asked, "Batal")
    assert stopped["text"].startswith("Dihentikan: 0 dari 0 terkirim")
    assert "Tulis pesannya" in admin.say("/siaran")[0]
    assert "Salah kirim" not in [m["text"] for m in reader.screen()["messages"]]
    forged = reader.forge(reader.exchange("/langganan")[0], "bc1:1:y")
    assert forged["toasts"][0]["text"] == "Tombol ini sudah tidak berlaku."
