"""Every button, typed answer, command and deep link, in the hands of somebody who has no business with the chat.

An outsider sends everything that a client can send. No row of other chats may appear in the answer or
change, every press is answered, and the answer is the same for chats that exist and chats that don't. The tables are
compared with the application's handlers: a new kind of button or command fails here until it has its forgeries.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import get_args

import pytest
import pytest_asyncio
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram.ext import CallbackQueryHandler, CommandHandler

from bot.handlers.digest import SCHEDULE_PATTERN
from bot.panel.changes import PANEL_PATTERN, Press, Question, Verb, View
from bot.sandbox.state import GuestQuery
from bot.services import Services
from bot.views.alerts import WATCH_PATTERN, WatchChange, WatchPress
from bot.views.answers import ANSWER_PATTERN, SUMMARY_PATTERN, AnswerFormat, SaveAction
from bot.views.callbacks import (
    BROADCAST_PATTERN,
    FORGET_PATTERN,
    LANGUAGE_PATTERN,
    LIST_PATTERN,
    READ_ON_PATTERN,
    SAVED_PATTERN,
    START_PATTERN,
    TOPIC_PATTERN,
    shorten_name,
)
from bot.views.deep_links import ArticleLink, Link, ScheduleLink, StoryLink, TopicLink
from bot.views.digest_buttons import DIGEST_PATTERN, DigestAction, DigestPress
from bot.views.follows import FOLLOW_PATTERN, FollowPress
from bot.views.own_feeds import OWN_FEEDS_PATTERN, FeedPress, FeedVerb
from bot.views.story_edits import EDIT_PATTERN, EditAction, EditPress
from bot.views.tastes import TASTE_PATTERN, TasteChange, TastePress, hash_subject
from bot.views.trends import TRENDS_PATTERN
from bot.views.warnings import WARNINGS_PATTERN, WarningPress, WarningVerb
from summaries.digests.tastes import Subject
from summaries.model import FeedLimits, FoundOwnFeed, OpenQuestion, OwnEntry, OwnFeed, PollState, TasteKind
from tests.bot.stage import BotCall, Json, Stage, list_buttons, open_stage, person

pytestmark = pytest.mark.asyncio(loop_scope="module")

OUTSIDER, VICTIM, STRANGER, NOBODY, ADMIN, OPERATOR = 3003, 2002, 4004, 5005, 7007, 9001
# The outsider is an ordinary member of GROUP and an administrator of OWN_GROUP.
GROUP, OWN_GROUP, FAR_GROUP, LOST_GROUP, CHANNEL = -1001, -1002, -1003, -1004, -1005
NO_GROUP, NO_CHANNEL = -1008, -1009
FOREIGN = (VICTIM, STRANGER, NOBODY, GROUP, FAR_GROUP, LOST_GROUP, CHANNEL, NO_GROUP, NO_CHANNEL, 0)
PLACES: tuple[Json, ...] = (
    *({"type": "private", "chat_id": chat_id} for chat_id in (OUTSIDER, VICTIM, STRANGER, ADMIN, OPERATOR)),
    {"type": "supergroup", "chat_id": GROUP, "title": "Grup Kenari", "admins": [ADMIN], "members": [OUTSIDER]},
    {"type": "supergroup", "chat_id": OWN_GROUP, "title": "Grup Sendiri", "admins": [OUTSIDER], "members": [ADMIN]},
    {"type": "supergroup", "chat_id": FAR_GROUP, "title": "Grup Kenari Jauh", "admins": [ADMIN]},
    {"type": "supergroup", "chat_id": LOST_GROUP, "title": "Grup Kenari Lama", "admins": [ADMIN]},
    {"type": "channel", "chat_id": CHANNEL, "title": "Kanal Kenari", "username": "kanal_burung", "admins": [ADMIN]},
)
# Words that occur only in rows of other chats: watches, followed stories, digest hours, names of chats.
SECRETS = ("kenari", "kanker", "03.33", "03:33", "0333")
# The number of a message may end like the time.
_SECRET = re.compile(rf"(?<!\d)(?:{'|'.join(map(re.escape, SECRETS))})")
ARTICLE = """Harga {what} Turun Setelah Panen Raya

Makassar -- Harga {what} medium turun menjadi Rp11.800 per kilogram pada Senin, setelah panen raya di tiga kecamatan \
menambah pasokan petani.

Kepala pasar, Sitti Rahma, mengatakan harga sempat menyentuh Rp13.500 pada awal Oktober karena stok pedagang menipis.

Dinas Perdagangan memperkirakan harga akan bertahan hingga akhir bulan. Warga menyambut baik penurunan itu.
"""
REFUSED = "Saya tidak menemukan obrolan itu, atau Anda bukan adminnya. Masukkan saya ke sana dulu, dan periksa namanya."
ADMINS_ONLY = "Hanya admin grup atau kanal ini yang bisa mengubahnya."
OUT_OF_DATE = "Tombol ini sudah tidak berlaku. Kirim lagi perintahnya."
# Requests to Telegram that no chat can see.
INVISIBLE = frozenset({"getChatMember", "getChatAdministrators", "getChat"})
EDITS = frozenset({"editMessageText", "editMessageMedia", "editMessageReplyMarkup"})
# Any member of a group may request news there and gets a reply.
OF_MEMBERS = frozenset({"answered_messages", "answers"})


@dataclass(frozen=True)
class Seeds:
    """The rows of other chats, by ids that the outsider has guessed."""

    stage: Stage
    answer_id: int
    # It belongs to the victim.
    digest_id: int
    article_id: int
    broadcast_id: int
    watch_ids: tuple[int, ...]
    # A message of the bot's in each chat.
    messages: dict[int, Json]


async def seed(stage: Stage) -> Seeds:
    """Let the others use the bot."""
    services: Services = stage.app.bot_data.services
    await services.load_files([("beras.txt", ARTICLE.format(what="Beras").encode(), "ekonomi")])
    for chat_id, user_id in ((VICTIM, VICTIM), (GROUP, ADMIN), (FAR_GROUP, ADMIN), (LOST_GROUP, ADMIN)):
        await stage.say(chat_id, user_id, "/jadwal 03:33 WIT")
        await stage.say(chat_id, user_id, f"/pantau kenari {abs(chat_id)}")
        await stage.say(chat_id, user_id, "/peringatan Kota Malang")
        await answer_words_prompt(stage, await stage.posted(chat_id), user_id, "s1::a:include")
        await add_feed(services, chat_id, f"Kenari {abs(chat_id)}")
    await stage.say(VICTIM, VICTIM, "/bahasa id")
    await stage.say(ADMIN, ADMIN, "/langganan @kanal_burung")
    admins = await stage.posted(ADMIN)
    for data in ("t+:0333", "t-:0700", "z:Asia/Jayapura"):
        await stage.press(admins, ADMIN, f"s1:{CHANNEL}:{data}")
    await answer_words_prompt(stage, admins, ADMIN, f"s1:{CHANNEL}:a:include")
    (answered,) = await stage.say(VICTIM, VICTIM, ARTICLE.format(what="Kenari"))
    save = next(data for data in list_buttons(answered.result).values() if data.endswith("k"))
    await stage.press(answered.result, VICTIM, save)
    await stage.deliver(VICTIM)
    await stage.say(OPERATOR, OPERATOR, "/siaran Kabar kenari")
    messages = {chat_id: await stage.posted(chat_id) for chat_id in (OUTSIDER, OWN_GROUP, GROUP, CHANNEL, VICTIM)}
    world = stage.server.sandbox.worlds[stage.server.token]
    world.chats[LOST_GROUP].members[world.bot.id].status = "kicked"
    rows = stage.rows()
    assert {row["chat_id"] for row in rows["subscriptions"]} == {VICTIM, GROUP, FAR_GROUP, LOST_GROUP, CHANNEL}
    assert all("kanker payudara" in row["include_words"] for row in rows["subscriptions"])
    return Seeds(
        stage,
        answer_id=rows["answers"][0]["id"],
        digest_id=rows["deliveries"][0]["id"],
        article_id=rows["saved_articles"][0]["article_id"],
        broadcast_id=rows["broadcasts"][0]["id"],
        watch_ids=tuple(row["id"] for row in rows["watches"]),
        messages=messages,
    )


async def add_feed(services: Services, chat_id: int, title: str) -> None:
    """Give the chat a feed of its own with an article."""
    feeds, now = services._store.own_feeds, services.now()
    found = FoundOwnFeed(f"https://kenari.example/{chat_id}", title)
    feed = await feeds.add(chat_id, found, limits=FeedLimits(9, 9, 9), now=now)
    assert isinstance(feed, OwnFeed)
    entry = OwnEntry(f"https://kenari.example/{chat_id}/1", f"Lomba {title}", "Kanker payudara kenari.", now)
    await feeds.record(feed.id, PollState(next_check_at=now + timedelta(days=9)), [entry], kept=9, now=now)


async def answer_words_prompt(stage: Stage, message: Json, user_id: int, data: str) -> None:
    """Press the button that asks for words, and answer."""
    *_, asked = await stage.press(message, user_id, data)
    await stage.say(message["chat"]["id"], user_id, "kanker payudara", reply_to_message=asked.result)


@asynccontextmanager
async def open_seeds(folder: Path) -> AsyncIterator[Seeds]:
    async with open_stage(folder, PLACES, admin_ids=frozenset({OPERATOR})) as stage:
        yield await seed(stage)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def seeds(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Seeds]:
    """One bot for this module, because the rows of other chats never change."""
    async with open_seeds(tmp_path_factory.mktemp("foreign")) as made:
        yield made


def foreign_rows(stage: Stage) -> dict[str, list[Json]]:
    """All rows of other chats. Rows of a group's members are not the group's."""
    return {
        table: [
            row
            for row in rows
            if row.get("chat_id") not in {OUTSIDER, OWN_GROUP} and not (table in OF_MEMBERS and row["chat_id"] == GROUP)
        ]
        for table, rows in stage.rows().items()
    }


@asynccontextmanager
async def assert_unchanged(seeds: Seeds) -> AsyncIterator[None]:
    """Check that the block changes no row of other chats."""
    before = foreign_rows(seeds.stage)
    yield
    assert foreign_rows(seeds.stage) == before


def assert_silent(calls: list[BotCall]) -> list[BotCall]:
    """Check that the calls hold nothing of other chats and that Telegram accepts them, and return them.

    Edits may be refused, because the message of a forged press may be of another kind.
    """
    assert [secret for call in calls for secret in _SECRET.findall(call.text.casefold())] == []
    assert [call for call in calls if call.status != 200 and call.method not in INVISIBLE | EDITS] == []
    return calls


def count_answers(calls: list[BotCall]) -> int:
    return [call.method for call in calls].count("answerCallbackQuery")


def visible_calls(calls: list[BotCall]) -> list[tuple[str, str | None, bool]]:
    """Return the part that the outsider sees: methods, texts, and whether each is an alert."""
    return [
        (call.method, call.parameters.get("text"), call.parameters.get("show_alert") in {True, "true"})
        for call in calls
        if call.method not in INVISIBLE
    ]


def alert_call(text: str) -> list[tuple[str, str | None, bool]]:
    return [("answerCallbackQuery", text, True)]


def panel_presses(target: int | None) -> Iterator[str]:
    """Each button of the panel, about that chat."""
    words, outlet = shorten_name("kanker payudara"), f"{shorten_name('berkas')}-0"
    values: dict[Verb, Iterable[str]] = {
        Verb.VIEW: [*View, "outlets-1"], Verb.ASK: list(Question), Verb.PREVIEW: [""], Verb.RUN: [""],
        Verb.STOP: [""], Verb.ADD_TIME: ["0900"], Verb.DROP_TIME: ["0333"], Verb.DAYS: ["06"],
        Verb.ZONE: ["Asia/Makassar"], Verb.ADD_TOPIC: ["ekonomi"], Verb.DROP_TOPIC: ["ekonomi"],
        Verb.ALL_TOPICS: [""], Verb.ADD_OUTLET: [outlet], Verb.DROP_OUTLET: [outlet], Verb.ALL_OUTLETS: [""],
        Verb.DROP_INCLUDED: [words], Verb.DROP_EXCLUDED: [words], Verb.LENGTH: ["l"], Verb.COUNT: ["3"],
        Verb.QUIET: ["2200-0600"], Verb.NO_QUIET: [""], Verb.SILENT: [""], Verb.LOUD: [""],
        Verb.SKIP_EMPTY: [""], Verb.TELL_EMPTY: [""], Verb.ORDER: ["terbaru"],
        Verb.DROP_TASTE: [hash_subject(Subject(TasteKind.TOPIC, "ekonomi"))], Verb.DROP_TASTES: [""],
        Verb.ADD_REGION: ["3573-35"], Verb.DROP_REGION: ["51"], Verb.REGION_RULE: ["hanya"],
    }  # fmt: skip
    assert set(values) == set(Verb), "a verb of the panel is missing here"
    return (Press(verb, value, target).encode() for verb, offered in values.items() for value in offered)


def feed_presses(target: int | None) -> Iterator[str]:
    """Each button of the own feeds, about that chat: those that only read come last."""
    yield from (FeedPress(FeedVerb.REMOVE, number, target).encode() for number in (1, 2))
    if target is not None:
        yield from (FeedPress(verb, 0, target).encode() for verb in FeedVerb if verb is not FeedVerb.REMOVE)


SCHEDULE = ScheduleLink((time(9),), frozenset({0}), "Asia/Makassar")
# Forged data for each kind of button. The kinds are the patterns of the application's handlers.
FORGERIES: dict[str | None, Callable[[Seeds], list[str]]] = {
    LIST_PATTERN: lambda _: ["b1:1:0:n", "b1:999999999999999:0:c"],
    PANEL_PATTERN: lambda _: list(panel_presses(None)),
    TOPIC_PATTERN: lambda _: ["t1:ekonomi", "t1:tidak-ada"],
    SCHEDULE_PATTERN: lambda _: [f"j1:{SCHEDULE.payload}", "j1:k_"],
    TRENDS_PATTERN: lambda _: ["n1:dd", "n1:wl", "n1:xx"],
    WATCH_PATTERN: lambda seeds: [
        *(WatchPress(n, change).encode() for n in seeds.watch_ids for change in WatchChange),
        *(WatchPress(n, WatchChange.REMOVE, is_in_follows=True).encode() for n in seeds.watch_ids),
    ],
    FOLLOW_PATTERN: lambda seeds: [
        FollowPress(n, is_on=is_on).encode() for n in (seeds.article_id, 999) for is_on in (True, False)
    ],
    # Everybody in a group may look at its settings: the verb VIEW.
    WARNINGS_PATTERN: lambda _: [
        WarningPress(verb, value).encode()
        for verb in WarningVerb
        for value in ("", "0", "1", "6", "500", shorten_name("Kota Malang"))
        if verb is not WarningVerb.VIEW
    ],
    OWN_FEEDS_PATTERN: lambda _: [*feed_presses(None)],
    SAVED_PATTERN: lambda seeds: [f"k1:{owner}:0:{seeds.article_id}" for owner in (VICTIM, ADMIN, 0)],
    FORGET_PATTERN: lambda _: ["h1:y", "h1:n"],
    BROADCAST_PATTERN: lambda seeds: [f"bc1:{seeds.broadcast_id}:y", f"bc1:{seeds.broadcast_id}:n", "bc1:99:y"],
    LANGUAGE_PATTERN: lambda _: ["l1:id", "l1:xx"],
    ANSWER_PATTERN: lambda seeds: [
        f"a1:{seeds.answer_id:x}:{form}m{keep}" for form in AnswerFormat for keep in SaveAction
    ],
    SUMMARY_PATTERN: lambda seeds: [f"e1:{seeds.answer_id:x}", "e1:63"],
    EDIT_PATTERN: lambda seeds: [
        EditPress(answer_id, action, 1, state).encode()
        for answer_id in (seeds.answer_id, 99)
        for action in EditAction
        for state in (0, 1)
    ],
    DIGEST_PATTERN: lambda seeds: [
        DigestPress(digest_id, action, "m", number).encode()
        for digest_id in (seeds.digest_id, 99)
        for action, number in zip(DigestAction, (0, 0, 0, 1, 1, 0, 0), strict=True)
    ],
    TASTE_PATTERN: lambda seeds: [
        TastePress(article_id, f"d1:{seeds.digest_id:x}:bs", change, subject).encode()
        for article_id in (seeds.article_id, 999)
        for change in TasteChange
        for subject in ([""] if change is TasteChange.LIST else [hash_subject(Subject(TasteKind.TOPIC, "ekonomi"))])
    ],
    READ_ON_PATTERN: lambda _: ["r1:", "r1:q"],
    # The buttons for news and an example are open to everybody; this one starts the chat's digest.
    START_PATTERN: lambda _: ["g1:d", "g1:xx"],
    None: lambda _: ["x1", "s2:2002:v:main"],
}
# Everybody may page through lists and open topics, trends and answers, and has saved articles of their own.
OPEN = frozenset(
    {
        LIST_PATTERN,
        TOPIC_PATTERN,
        TRENDS_PATTERN,
        ANSWER_PATTERN,
        SUMMARY_PATTERN,
        SAVED_PATTERN,
        BROADCAST_PATTERN,
        EDIT_PATTERN,
        READ_ON_PATTERN,
        DIGEST_PATTERN,
        None,
    }
)
KINDS = pytest.mark.parametrize("kind", FORGERIES, ids=str)


async def test_every_button_handler_has_forgeries(seeds: Seeds) -> None:
    handlers = [handler for group in seeds.stage.app.handlers.values() for handler in group]
    kinds = [getattr(h.pattern, "pattern", None) for h in handlers if isinstance(h, CallbackQueryHandler)]
    assert sorted(map(str, kinds)) == sorted(map(str, FORGERIES))


@KINDS
async def test_forged_press_in_own_chat_changes_nothing(seeds: Seeds, kind: str | None) -> None:
    async with assert_unchanged(seeds):
        for data in FORGERIES[kind](seeds):
            calls = assert_silent(await seeds.stage.press(seeds.messages[OUTSIDER], OUTSIDER, data))
            assert count_answers(calls) == 1, data


@KINDS
async def test_forged_press_of_a_group_member_is_refused(seeds: Seeds, kind: str | None) -> None:
    async with assert_unchanged(seeds):
        for data in FORGERIES[kind](seeds):
            calls = assert_silent(await seeds.stage.press(seeds.messages[GROUP], OUTSIDER, data))
            assert count_answers(calls) == 1, data
            if kind not in OPEN and not data.endswith(("xx", ":k_")):
                assert visible_calls(calls) == alert_call(ADMINS_ONLY), data


@KINDS
async def test_forged_press_on_a_channel_post_is_refused(seeds: Seeds, kind: str | None) -> None:
    async with assert_unchanged(seeds):
        for data in FORGERIES[kind](seeds):
            calls = assert_silent(await seeds.stage.press(seeds.messages[CHANNEL], OUTSIDER, data))
            assert visible_calls(calls) == alert_call(ADMINS_ONLY), data


@KINDS
async def test_press_claiming_another_private_chat_is_dropped(seeds: Seeds, kind: str | None) -> None:
    async with assert_unchanged(seeds):
        for data in FORGERIES[kind](seeds):
            assert await seeds.stage.press(seeds.messages[VICTIM], OUTSIDER, data) == []


@pytest.mark.parametrize("target", FOREIGN)
async def test_panel_of_another_chat_is_refused_whether_it_exists_or_not(seeds: Seeds, target: int) -> None:
    presses = [(OUTSIDER, data) for data in (*panel_presses(target), *feed_presses(target))]
    elsewhere = [where for where in (OWN_GROUP, GROUP) if where != target]
    presses += [(where, Press(verb, target=target).encode()) for where in elsewhere for verb in (Verb.RUN, Verb.STOP)]
    presses += [(where, Press(Verb.VIEW, View.MAIN, target).encode()) for where in elsewhere]
    async with assert_unchanged(seeds):
        for where, data in presses:
            calls = assert_silent(await seeds.stage.press(seeds.messages[where], OUTSIDER, data))
            assert visible_calls(calls) == alert_call(REFUSED), data
            # Telegram is never asked about private chats, and about a chat's name only for its administrators.
            asked = {call.method for call in calls} & INVISIBLE
            assert asked <= (set() if target >= 0 else {"getChatMember", "getChatAdministrators"})


ANSWERS = {
    Question.TIMES: "09:00 WITA",
    Question.ZONE: "Makassar",
    Question.INCLUDE: "sawah, ladang",
    Question.EXCLUDE: "sawah, ladang",
    Question.REGION: "Kota Malang, Bali",
    Question.QUIET: "22:00-05:00",
    Question.CHANNEL: "@tidak_ada_di_sini",
    Question.FEED: "@tidak_ada_di_sini",
}


async def store_question(seeds: Seeds, chat_id: int, kind: str, target_id: int) -> Json:
    """The one question that waits in the chat, as an older version of the bot may have stored it; its message."""
    services: Services = seeds.stage.app.bot_data.services
    questions = services._store.questions
    while (other := await questions.latest(chat_id)) is not None:
        await questions.close(other)
    message_id = seeds.messages[chat_id]["message_id"]
    await questions.ask(OpenQuestion(chat_id, message_id, kind, target_id, None, services.now()))
    return seeds.messages[chat_id]


@pytest.mark.parametrize("kind", Question)
async def test_answer_to_a_question_about_another_chat_is_refused(seeds: Seeds, kind: Question) -> None:
    assert set(ANSWERS) == set(Question)
    async with assert_unchanged(seeds):
        for target in FOREIGN:
            for is_reply in (True, False):
                asked = await store_question(seeds, OUTSIDER, kind, target)
                fields = {"reply_to_message": asked} if is_reply else {}
                calls = assert_silent(await seeds.stage.say(OUTSIDER, OUTSIDER, ANSWERS[kind], **fields))
                assert visible_calls(calls) == [("sendMessage", REFUSED, False)], target
                assert "getChat" not in {call.method for call in calls} or kind is Question.CHANNEL


CHANNEL_ANSWERS: tuple[Json, ...] = (
    *({"text": text} for text in ("@kanal_burung", "@tidak_ada_di_sini", "@orang_2002")),
    *({"text": str(chat_id)} for chat_id in FOREIGN),
    *(
        {"forward_origin": {"type": "channel", "date": 1, "message_id": 1, "chat": {"id": n, "type": "channel"}}}
        for n in (CHANNEL, NO_CHANNEL, GROUP)
    ),
)


async def test_foreign_channel_is_refused_whether_it_exists_or_not(seeds: Seeds) -> None:
    async with assert_unchanged(seeds):
        for answer in CHANNEL_ANSWERS:
            asked = await store_question(seeds, OUTSIDER, Question.CHANNEL, OUTSIDER)
            text, fields = answer.get("text", ""), {k: v for k, v in answer.items() if k != "text"}
            calls = await seeds.stage.say(OUTSIDER, OUTSIDER, text, reply_to_message=asked, **fields)
            assert visible_calls(assert_silent(calls)) == [("sendMessage", REFUSED, False)], answer


async def test_location_for_the_zone_of_another_chat_is_refused(seeds: Seeds) -> None:
    place = {"location": {"latitude": -5.1, "longitude": 119.4}}
    async with assert_unchanged(seeds):
        for target in FOREIGN:
            asked = await store_question(seeds, OUTSIDER, Question.ZONE, target)
            calls = await seeds.stage.say(OUTSIDER, OUTSIDER, "", reply_to_message=asked, **place)
            assert visible_calls(assert_silent(calls)) == [("sendMessage", REFUSED, False)], target


@pytest.mark.parametrize("kind", [kind for kind in Question if kind is not Question.CHANNEL])
async def test_answer_in_a_group_is_refused(seeds: Seeds, kind: Question) -> None:
    """By an ordinary member, by an anonymous administrator of another group, and in the name of a channel."""
    channel = {"sender_chat": seeds.stage.chat(CHANNEL)}
    for where, user_id, fields in ((GROUP, OUTSIDER, {}), (OWN_GROUP, None, {}), (GROUP, OUTSIDER, channel)):
        for target in FOREIGN:
            asked = await store_question(seeds, where, kind, target)
            async with assert_unchanged(seeds):
                calls = await seeds.stage.say(where, user_id, ANSWERS[kind], reply_to_message=asked, **fields)
            refusal = ADMINS_ONLY if target == where else REFUSED
            assert visible_calls(assert_silent(calls)) == [("sendMessage", refusal, False)], target


# Arguments with which each command has an effect. In their own chat the outsider may use all of them.
ARGUMENTS = {
    "start": ["", "j0900_0_Asia--Makassar"], "bantuan": [""], "ringkas": ["", ARTICLE.format(what="Beras")],
    "berita": ["", "ekonomi", "kenaree"], "cari": ["", "beras"], "topik": ["", "ekonomi"], "tren": [""],
    "pantau": ["", "banjir sawah"], "ikuti": [""], "peringatan": ["", "Kota Malang", "jawa timur"],
    "tersimpan": [""], "langganan": ["", "kanal"],
    "jadwal": ["", "09:00 WITA"], "sumbersaya": ["", "http://127.0.0.1:9/"], "berhenti": [""], "bahasa": ["", "id"],
    "mengapa": [""],
    "dataku": [""], "hapusdata": [""],
    "sumber": ["", "tambah http://127.0.0.1:9/", "hapus antara"], "status": [""], "siaran": ["Halo semua"],
    "blokir": ["", str(VICTIM), f"buka {VICTIM}"],
}  # fmt: skip


async def test_every_command_has_arguments_to_test(seeds: Seeds) -> None:
    handlers = [handler for group in seeds.stage.app.handlers.values() for handler in group]
    commands = [handler.commands for handler in handlers if isinstance(handler, CommandHandler)]
    assert len(commands) == len(ARGUMENTS)
    assert all(names & set(ARGUMENTS) for names in commands)


@pytest.mark.parametrize("command", ARGUMENTS)
async def test_command_changes_nothing_in_other_chats(seeds: Seeds, command: str) -> None:
    """In the outsider's own chat, in a group by an ordinary member, and there in the name of a channel."""
    channel = {"sender_chat": seeds.stage.chat(CHANNEL)}
    async with assert_unchanged(seeds):
        for argument in ARGUMENTS[command]:
            text = f"/{command} {argument}".strip()
            assert_silent(await seeds.stage.say(OUTSIDER, OUTSIDER, text))
            for fields in ({}, channel):
                # A group's members may see when its digest comes.
                await seeds.stage.say(GROUP, OUTSIDER, text, **fields)


@pytest.mark.parametrize("name", ["@kanal_burung", "@tidak_ada_di_sini", "@orang_2002", f"@{VICTIM}", "@"])
async def test_named_channel_is_refused_whether_it_exists_or_not(seeds: Seeds, name: str) -> None:
    async with assert_unchanged(seeds):
        calls = assert_silent(await seeds.stage.say(OUTSIDER, OUTSIDER, f"/langganan {name}"))
    assert visible_calls(calls) == [("sendMessage", REFUSED, False)]


# Handlers of neither buttons nor commands. Only Telegram can send the updates of the last two.
OTHER_HANDLERS = {
    "load_chat_settings", "send_refusal_notice", "answer_question", "ringkas", "reject_command",
    "reject_command_in_group", "handle_bare_message",
    "offer_stories", "answer_guest", "handle_membership_change", "handle_migration",
}  # fmt: skip


async def test_every_other_handler_is_listed(seeds: Seeds) -> None:
    handlers = [handler for group in seeds.stage.app.handlers.values() for handler in group]
    others = {h.callback.__name__ for h in handlers if not isinstance(h, CallbackQueryHandler | CommandHandler)}
    assert others == OTHER_HANDLERS


async def test_messages_without_a_command_reveal_nothing(seeds: Seeds) -> None:
    document = {"file_id": "x", "file_unique_id": "x", "file_name": "a.bin", "mime_type": "application/x"}
    async with assert_unchanged(seeds):
        for fields in ({"document": document}, {"location": {"latitude": -5.1, "longitude": 119.4}}):
            assert_silent(await seeds.stage.say(OUTSIDER, OUTSIDER, "", **fields))
            await seeds.stage.say(GROUP, OUTSIDER, "", reply_to_message=seeds.messages[GROUP], **fields)
        for text in ("halo", "/beritta", "/beritta@ringkas_sandbox_bot", "s1:2002:v:main"):
            assert_silent(await seeds.stage.say(OUTSIDER, OUTSIDER, text))
            await seeds.stage.say(GROUP, OUTSIDER, text)
        # A post of a channel in which the bot is says nothing else than one of a channel in which it is not.
        said = []
        for channel in (CHANNEL, NO_CHANNEL):
            origin = {"type": "channel", "date": 1, "message_id": 1, "chat": {"id": channel, "type": "channel"}}
            said.append(
                visible_calls(
                    assert_silent(await seeds.stage.say(OUTSIDER, OUTSIDER, "Halo warga", forward_origin=origin))
                )
            )
        assert said[0] == said[1] != []


async def test_deep_links_reveal_nothing(seeds: Seeds) -> None:
    links: list[Link] = [
        *(kind(article_id) for kind in (ArticleLink, StoryLink) for article_id in (seeds.article_id, 1)),
        TopicLink("ekonomi"),
        SCHEDULE,
    ]
    assert {type(link) for link in links} == set(get_args(Link))
    for payload in [*(link.payload for link in links), f"s1-{VICTIM}", f"a-{VICTIM}"]:
        for where in (OUTSIDER, GROUP):
            async with assert_unchanged(seeds):
                assert assert_silent(await seeds.stage.say(where, OUTSIDER, f"/start {payload}")), payload


@pytest.mark.parametrize("query", ["", "kanker", "s1:2002:v:main", "#r{answer:x}", "#a1", "#s1", "#j0700_0_UTC"])
async def test_inline_queries_reveal_nothing(seeds: Seeds, query: str) -> None:
    query = query.format(answer=seeds.answer_id)
    asked = {"id": "1", "from": person(OUTSIDER), "query": query, "offset": ""}
    seeds.stage.server.sandbox.worlds[seeds.stage.server.token].inline_queries["1"] = {"query": query, "results": None}
    (answered,) = assert_silent(await seeds.stage.receive(inline_query=asked))
    assert answered.method == "answerInlineQuery"


@pytest.mark.parametrize("where", [VICTIM, GROUP, CHANNEL])
async def test_guest_messages_reveal_nothing(seeds: Seeds, where: int) -> None:
    """The chat of a guest message may have the id of another chat that the bot knows."""
    world = seeds.stage.server.sandbox.worlds[seeds.stage.server.token]
    message = {"message_id": 1, "date": 9, "chat": seeds.stage.chat(where), "from": person(OUTSIDER)}
    async with assert_unchanged(seeds):
        for text in ("kanker", f"/start a{seeds.answer_id}", "/langganan", "/dataku"):
            world.guest_queries["1"] = GuestQuery(GROUP, 1, OUTSIDER, world.clock())
            asked = message | {"text": f"@ringkas_sandbox_bot {text}", "guest_query_id": "1"}
            calls = assert_silent(await seeds.stage.receive(guest_message=asked))
            assert {call.method for call in calls} <= {"answerGuestQuery", "editMessageText"}


@settings(deadline=None, max_examples=50)
@given(
    where=st.sampled_from([OUTSIDER, GROUP]),
    prefix=st.sampled_from(["s1", "k1", "w1", "wp1", "a1", "bc1", "j1", "l1", "h1", "n1", "b2", "t1"]),
    number=st.sampled_from([*FOREIGN, *range(1, 9)]),
    rest=st.text("tvkrxdyn+-*:0123456789/abcAsia_", max_size=24) | st.sampled_from([*Verb, "v:main", "0:1", "0:0"]),
)
async def test_random_forgery_changes_nothing(seeds: Seeds, where: int, prefix: str, number: int, rest: str) -> None:
    async with assert_unchanged(seeds):
        data = f"{prefix}:{number}:{rest}"
        assert count_answers(assert_silent(await seeds.stage.press(seeds.messages[where], OUTSIDER, data))) == 1


@KINDS
async def test_press_without_its_message_is_out_of_date(seeds: Seeds, kind: str | None) -> None:
    """Telegram no longer shows the message to the bot, or it is a card of inline mode."""
    places = (OUTSIDER, GROUP, CHANNEL)
    lost: list[Json] = [{"chat": seeds.stage.chat(where), "message_id": 7, "date": 0} for where in places]
    async with assert_unchanged(seeds):
        for message in [*lost, {"inline_message_id": "AQAD"}]:
            # The data is not even looked at.
            for data in FORGERIES[kind](seeds)[:5]:
                calls = await seeds.stage.press(message, OUTSIDER, data)
                assert visible_calls(assert_silent(calls)) == alert_call(OUT_OF_DATE), data


@KINDS
async def test_press_on_a_deleted_message_is_answered(seeds: Seeds, kind: str | None) -> None:
    gone = seeds.messages[OUTSIDER] | {"message_id": 999_999}
    for data in FORGERIES[kind](seeds):
        assert count_answers(assert_silent(await seeds.stage.press(gone, OUTSIDER, data))) == 1, data


async def test_forgeries_work_for_a_user_with_access(tmp_path: Path) -> None:
    """The tables above are not passed by a bot that does nothing: each forgery works in the right hands."""
    async with open_seeds(tmp_path) as seeds:
        stage, watch = seeds.stage, seeds.watch_ids[0]
        presses = [
            (VICTIM, VICTIM, "s1::v:main", "reveals"),
            (VICTIM, VICTIM, f"s1:{VICTIM}:v:main", "reveals"),
            (OUTSIDER, ADMIN, f"s1:{CHANNEL}:v:main", "is dropped"),
            (ADMIN, ADMIN, f"s1:{CHANNEL}:v:main", "reveals"),
            (ADMIN, ADMIN, f"s1:{FAR_GROUP}:a:times", "changes"),
            (GROUP, ADMIN, f"s1:{FAR_GROUP}:v:main", "reveals"),
            (GROUP, ADMIN, "s1::r-", "changes"),
            (GROUP, ADMIN, "s1::r", "changes"),
            (GROUP, ADMIN, "n1:dd", "changes"),
            (GROUP, ADMIN, "l1:en", "changes"),
            (GROUP, ADMIN, f"j1:{SCHEDULE.payload}", "changes"),
            (VICTIM, VICTIM, f"w1:{watch}:f", "changes"),
            (GROUP, ADMIN, "wp1:m:6", "changes"),
            (VICTIM, VICTIM, f"k1:{VICTIM}:0:0", "reveals"),
            (VICTIM, VICTIM, f"a1:{seeds.answer_id:x}:tm", "reveals"),
            (OPERATOR, OPERATOR, f"bc1:{seeds.broadcast_id}:n", "changes"),
            (CHANNEL, ADMIN, "l1:en", "changes"),
            (GROUP, ADMIN, "h1:y", "changes"),
        ]
        for where, user_id, data, expected in presses:
            before = foreign_rows(stage)
            message = await stage.posted(where)
            calls = await stage.press(message, user_id, data)
            has_revealed = any(_SECRET.search(call.text.casefold()) for call in calls)
            found = {"reveals": has_revealed, "changes": foreign_rows(stage) != before, "is dropped": calls == []}
            assert found[expected], data
