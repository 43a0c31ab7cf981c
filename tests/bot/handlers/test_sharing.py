"""Share buttons: each offers one card in any chat, and a schedule changes nothing before an administrator takes it."""

from __future__ import annotations

import json
from pathlib import Path

from bot.services import Services
from bot.telegram_text import visible_text
from summaries.articles.prepare import prepare
from summaries.model import Origin
from tests.bot.handlers.test_links import ARTICLE, LINK
from tests.bot.stage import BotCall, Json, Stage, list_buttons, open_stage, person

READER, FRIEND, ADMIN, GROUP = 2001, 2002, 7007, -1001
PLACES: tuple[Json, ...] = (
    {"type": "private", "chat_id": READER},
    {"type": "private", "chat_id": FRIEND},
    {"type": "group", "chat_id": GROUP, "members": [READER], "admins": [ADMIN]},
)
TEXT = f"{ARTICLE.title}\n\n{ARTICLE.text}\n\nPetani menjual gabahnya kepada koperasi desa sejak awal pekan ini."


def find_shared(call: BotCall, label: str = "Bagikan") -> list[str]:
    """Return the inline queries of the share buttons."""
    rows = call.result.get("reply_markup", {}).get("inline_keyboard", [])
    return [button["switch_inline_query"] for row in rows for button in row if button["text"] == label]


async def ask(stage: Stage, query: str, user_id: int = READER) -> list[Json]:
    """Return the cards that an inline query offers."""
    number = str(next(stage.numbers))
    stage.server.sandbox.worlds[stage.server.token].inline_queries[number] = {"query": query, "results": None}
    asked = {"id": number, "from": person(user_id), "query": query, "offset": ""}
    (call,) = await stage.receive(inline_query=asked)
    return list(json.loads(call.parameters["results"]))


async def test_summary_is_shared_as_its_card(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)
        (answer,) = await stage.say(GROUP, READER, f"/ringkas {LINK}")
        (query,) = find_shared(answer)
        assert query == "#a1"
        (card,) = await ask(stage, query, FRIEND)
        assert "Rp11.800" in visible_text(card["input_message_content"]["message_text"])
        ((button,),) = card["reply_markup"]["inline_keyboard"]
        assert button["url"].endswith("?start=a1")
        assert await ask(stage, "#a999") == []
        # The text of a reader is shared by themselves only, and not from a group.
        (own,) = await stage.say(READER, READER, TEXT)
        (query,) = find_shared(own)
        (card,) = await ask(stage, query)
        assert "reply_markup" not in card
        assert "Rp11.800" in visible_text(card["input_message_content"]["message_text"])
        assert await ask(stage, query, FRIEND) == []
        (elsewhere,) = await stage.say(GROUP, READER, f"/ringkas {TEXT}")
        assert find_shared(elsewhere) == []


async def test_hidden_story_is_not_shared(tmp_path: Path) -> None:
    async with open_stage(tmp_path, PLACES) as stage:
        services: Services = stage.app.bot_data.services
        stored = await services.writer.add(prepare(ARTICLE), origin=Origin.FEED)
        assert len(await ask(stage, f"#s{stored.id}")) == 1
        await services._store.story_edits.hide(stored.id, admin_id=None, now=services.now())
        (answer,) = await stage.say(READER, READER, f"/ringkas {LINK}")
        assert find_shared(answer) == []
        assert await ask(stage, f"#s{stored.id}", FRIEND) == []


async def test_schedule_is_shared_and_taken_by_an_administrator_only(tmp_path: Path) -> None:
    label = "Bagikan jadwal ini"
    async with open_stage(tmp_path, PLACES) as stage:
        (answer,) = await stage.say(READER, READER, "/jadwal 06:30 18:00 WITA senin")
        (query,) = find_shared(answer, label)
        (card,) = await ask(stage, query)
        assert "Senin pukul 06.30 dan 18.00 WITA" in visible_text(card["input_message_content"]["message_text"])
        private, group = [row[0]["url"] for row in card["reply_markup"]["inline_keyboard"]]
        payload = query.removeprefix("#")
        assert private == f"https://t.me/ringkas_sandbox_bot?start={payload}"
        assert group == f"https://t.me/ringkas_sandbox_bot?startgroup={payload}"
        (offer,) = await stage.say(GROUP, READER, f"/start@ringkas_sandbox_bot {payload}")
        assert {row["chat_id"] for row in stage.rows()["subscriptions"]} == {READER}
        (use,) = list_buttons(offer.result).values()
        *_, refusal = await stage.press(offer.result, READER, use)
        assert refusal.parameters["show_alert"]
        assert {row["chat_id"] for row in stage.rows()["subscriptions"]} == {READER}
        *_, taken = await stage.press(offer.result, ADMIN, use)
        assert "06.30 dan 18.00 WITA" in taken.text
        assert {row["chat_id"] for row in stage.rows()["subscriptions"]} == {READER, GROUP}
        (stopped,) = await stage.say(READER, READER, "/berhenti")
        assert find_shared(stopped, label) == []
