"""The routes of the chat page: its files, files of chats, command menus, the initial scene."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bot.sandbox import Json
from bot.sandbox.chat_events import NewChat, NewPeople, make_chat, make_private
from bot.sandbox.errors import SimError
from bot.sandbox.files import picture_size
from bot.sandbox.page.stream import events
from bot.sandbox.sandbox import Sandbox
from bot.sandbox.state import Chat, StoredFile, User, World
from bot.sandbox.user_actions import READER_ID
from bot.sandbox.user_api import Handler, Side, route

PEOPLE = (
    User(READER_ID, "Sari", "Wulandari", username="sariwulan"),
    User(1002, "Budi", "Santoso"),
    User(1003, "Emma", "Clarke", username="emmac", language_code="en"),
)
FORUM_ID, CHANNEL_ID, GROUP_ID, FOREIGN_ID = -1_001_000_000_001, -1_001_000_000_002, -4_000_001, -4_000_002
_new_chat = partial(NewChat, admins=[PEOPLE[0].id], members=[p.id for p in PEOPLE[1:]])
CHATS = (
    _new_chat(chat_id=FORUM_ID, type="forum", title="Warga Kampung Melati"),
    _new_chat(chat_id=CHANNEL_ID, type="channel", title="Kabar Melati", username="kabarmelati"),
    _new_chat(chat_id=GROUP_ID, type="group", title="Keluarga Sari"),
    # The bot is not in this group: there it answers as a guest.
    _new_chat(chat_id=FOREIGN_ID, type="group", title="Alumni Melati (tanpa bot)", bot_status="left"),
)
TOPICS = ("Berita", "Arisan")


def set_scene(world: World) -> None:
    """Create missing users and chats and leave existing ones alone. The bot gets no updates about them."""
    for person in PEOPLE:
        known = world.users.get(person.id)
        if known is None:
            world.users[person.id] = replace(person)
        elif known.last_name is None and known.first_name == person.first_name:
            # The reader may exist already, created by a first message with a first name only.
            known.last_name, known.username = person.last_name, known.username or person.username
        if person.id not in world.chats:
            make_private(world, NewPeople(chat_id=person.id, has_started=False))
    for new in CHATS:
        if new.chat_id not in world.chats:
            chat = make_chat(world, new)
            for name in TOPICS if chat.is_forum else ():
                chat.topics[world.next_message_id(chat)] = name


STATIC = Path(__file__).parent / "static"
_MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}
# Only this server's scripts and styles, and no HTML from strings (Trusted Types): the browser blocks the rest.
PAGE_POLICY = "; ".join(
    (
        "default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "img-src 'self' blob:",
        "base-uri 'none'", "form-action 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)  # fmt: skip
# A file from a chat is displayed or saved, never executed.
FILE_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_HEADERS = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_PICTURES = ((b"\x89PNG", "image/png"), (b"GIF8", "image/gif"), (b"\xff\xd8", "image/jpeg"))


@cache
def static_files() -> dict[str, Path]:
    """Return the page's files by URL path. No other file is reachable."""
    return {p.relative_to(STATIC).as_posix(): p for p in STATIC.rglob("*") if p.suffix in _MEDIA_TYPES}


def file_response(stored: StoredFile) -> Response:
    """Serve a file inline if its bytes are an image, else as a download under its name."""
    kind = next((t for start, t in _PICTURES if stored.content.startswith(start)), None)
    headers = _HEADERS | {"Content-Security-Policy": FILE_POLICY}
    if kind is None or picture_size(stored.content) is None:
        kind = "application/octet-stream"
        name = str(stored.meta.get("file_name") or "berkas")
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name, safe='')}"
    return Response(stored.content, media_type=kind, headers=headers)


def commands_for(world: World, chat: Chat, user: User) -> list[Json]:
    """Return the narrowest menu that is set, in the user's language if possible; a channel has none."""
    if chat.kind == "channel":
        return []
    language = (user.language_code or "")[:2]
    keys = itertools.product(_scopes(chat, user), (language, ""))
    return next((world.commands[key] for key in keys if world.commands.get(key)), [])


def _scopes(chat: Chat, user: User) -> list[str]:
    """Return the scopes' keys in `World.commands`, narrowest first."""
    if chat.kind == "private":
        return [f"chat:{chat.id}", "all_private_chats", "default"]
    scopes = [
        f"chat_member:{chat.id}:{user.id}", f"chat_administrators:{chat.id}", f"chat:{chat.id}",
        "all_chat_administrators", "all_group_chats", "default",
    ]  # fmt: skip
    is_admin = chat.member(user.id).is_admin
    return [scope for scope in scopes if is_admin or "administrators" not in scope]


class PageSide(Side):
    """The requests of the page itself."""

    async def static(self, *, path: str = "index.html") -> Response:
        found = static_files().get(path)
        if found is None:
            raise SimError("there is no such file", status=404)
        headers = _HEADERS | {"Content-Security-Policy": PAGE_POLICY}
        return Response(found.read_bytes(), media_type=_MEDIA_TYPES[found.suffix], headers=headers)

    async def stream(self) -> Response:
        changes = events(self.sandbox, self.world)
        return StreamingResponse(changes, media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def file(self, *, file_id: str) -> Response:
        stored = self.world.files.get(file_id)
        if stored is None:
            raise SimError("there is no such file", status=404)
        return file_response(stored)

    async def commands(self, *, chat_id: str = str(READER_ID), user_id: int = READER_ID) -> list[Json]:
        user = self.world.users.get(user_id)
        if user is None:
            raise SimError("there is no such person", status=404)
        return commands_for(self.world, self.chat(chat_id), user)

    async def scene(self) -> Json:
        set_scene(self.world)
        return {"ok": True}


def page_routes(sandbox: Sandbox) -> list[Route]:
    table: list[tuple[str, str, Handler]] = [
        ("GET", "/", PageSide.static),
        ("GET", "/page/static/{path:path}", PageSide.static),
        ("GET", "/page/events", PageSide.stream),
        ("GET", "/page/files/{file_id}", PageSide.file),
        ("GET", "/page/commands", PageSide.commands),
        ("POST", "/page/scene", PageSide.scene),
    ]
    return [route(sandbox, PageSide, method, path, handler) for method, path, handler in table]
