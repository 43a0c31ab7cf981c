"""The people and chats that the page begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.chat_events import make_chat, make_private
from bot.sandbox.state import User
from bot.sandbox.user_actions import READER_ID

if TYPE_CHECKING:
    from bot.sandbox.state import World

Json = dict[str, Any]

PEOPLE = (
    User(READER_ID, "Sari", "Wulandari", username="sariwulan"),
    User(1002, "Budi", "Santoso"),
    User(1003, "Emma", "Clarke", username="emmac", language_code="en"),
)
FORUM_ID, CHANNEL_ID, GROUP_ID = -1_001_000_000_001, -1_001_000_000_002, -4_000_001
_EVERYONE: Json = {"admins": [PEOPLE[0].id], "members": [p.id for p in PEOPLE[1:]]}
CHATS: tuple[Json, ...] = (
    {"chat_id": FORUM_ID, "type": "forum", "title": "Warga Kampung Melati"} | _EVERYONE,
    {"chat_id": CHANNEL_ID, "type": "channel", "title": "Kabar Melati", "username": "kabarmelati"} | _EVERYONE,
    {"chat_id": GROUP_ID, "type": "group", "title": "Keluarga Sari"} | _EVERYONE,
)
TOPICS = ("Berita", "Arisan")


def set_scene(world: World) -> None:
    """Make what is missing; what is there stays as it is. The bot has long been in every chat and is told nothing."""
    for person in PEOPLE:
        known = world.users.get(person.id)
        if known is None:
            world.users[person.id] = User(
                person.id, person.first_name, person.last_name, person.username, person.language_code
            )
        elif known.last_name is None and known.first_name == person.first_name:
            # The reader was made up when they first wrote, by first name only.
            known.last_name, known.username = person.last_name, known.username or person.username
        if person.id not in world.chats:
            make_private(world, first_id=person.id, has_started=False)
    for place in CHATS:
        if place["chat_id"] not in world.chats:
            chat = make_chat(world, place)
            for name in TOPICS if chat.is_forum else ():
                chat.topics[world.next_message_id(chat)] = name
