"""The page's addresses: its files, its demo data, the menus, and access to them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from bot.sandbox.page.routes import CHANNEL_ID, CHATS, FORUM_ID, PEOPLE, STATIC, set_scene, static_files
from bot.sandbox.sandbox import SANDBOX_TOKEN

if TYPE_CHECKING:
    import httpx

    from tests.bot.sandbox.conftest import Api

BOT = f"/bot{SANDBOX_TOKEN}"
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAAAAACcgYFdAAAAEUlEQVR4nGM8wcDEwMDEwAAABmQAzlnNR3wAAAAASUVORK5CYII="


def test_page_has_a_strict_content_security_policy(http: httpx.Client) -> None:
    page = http.get("/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert policy.startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"
    )
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    for name in re.findall(r'"(/page/static/[^"]+)"', page.text):
        assert http.get(name).status_code == 200


def test_static_files_have_types_and_no_other_path_is_served(http: httpx.Client) -> None:
    assert len(static_files()) > 15
    for name in static_files():
        assert http.get(f"/page/static/{name}").status_code == 200
    assert http.get("/page/static/js/main.js").headers["content-type"].startswith("text/javascript")
    for name in ("", "js", "../routes.py", "%2e%2e/routes.py", "..%2f..%2fapp.py", "js/../../routes.py", "/etc/passwd"):
        assert http.get(f"/page/static/{name}").status_code == 404


def test_static_files_have_no_external_links_and_no_inner_html() -> None:
    for name, path in static_files().items():
        text = path.read_text(encoding="utf-8")
        outside = set(re.findall(r"\b(?:https?:)?//[\w.-]+\.\w+", text)) - {"//www.w3.org", "http://www.w3.org"}
        assert not outside, name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text), name
        assert not re.search(r"<[^>]+\s(?:style|on\w+)=", text), name


def test_both_languages_have_all_words_of_the_page() -> None:
    dictionaries = {
        code: json.loads((STATIC / f"words/{code}.json").read_text(encoding="utf-8")) for code in ("id", "en")
    }
    assert dictionaries["id"].keys() == dictionaries["en"].keys()
    assert all(words.strip() for dictionary in dictionaries.values() for words in dictionary.values())
    for key, words in dictionaries["id"].items():
        assert set(re.findall(r"\{\w+\}", words)) == set(re.findall(r"\{\w+\}", dictionaries["en"][key])), key
    scripts = "".join(p.read_text(encoding="utf-8") for p in (STATIC / "js").glob("*.js"))
    used = set(re.findall(r'\bt\("([\w.]+)"', scripts))
    families = {f"{prefix}." for prefix in re.findall(r"\bt\(`(\w+)\.\$", scripts)}
    assert used <= dictionaries["id"].keys()
    quoted = set(re.findall(r'"([\w.]+)"', scripts))
    unused = {k for k in dictionaries["id"] if k not in quoted and not k.startswith(tuple(families))}
    assert unused == set()


@pytest.mark.parametrize(
    ("headers", "path", "status"),
    [
        ({}, "/", 200),
        ({"sec-fetch-site": "same-origin"}, "/sim/chats", 200),
        ({"sec-fetch-site": "none"}, "/sim/chats", 200),
        ({"sec-fetch-site": "cross-site"}, "/sim/chats", 403),
        ({"sec-fetch-site": "same-site"}, f"{BOT}/getMe", 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image"}, f"{BOT}/getMe", 403),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}, "/", 200),
        ({"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe"}, "/", 403),
        (
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
            "/sim/chats",
            403,
        ),
        ({"host": "evil.example"}, "/", 403),
        ({"host": "evil.example"}, "/page/events", 403),
        ({"origin": "https://evil.example"}, "/page/commands", 403),
    ],
)
def test_requests_from_other_sites_are_refused(
    http: httpx.Client, headers: dict[str, str], path: str, status: int
) -> None:
    assert http.get(path, headers=headers).status_code == status


def test_demo_scene_is_created_once(http: httpx.Client) -> None:
    http.post("/sim/messages", json={"text": "/start"})
    for _ in range(2):
        assert http.post("/page/scene").status_code == 200
    chats = {c["chat_id"]: c for c in http.get("/sim/chats").json()}
    assert len(chats) == len(PEOPLE) + len(CHATS)
    # Existing state stays: started chats remain started, and the invented name is completed.
    assert (chats[1001]["has_started"], chats[1002]["has_started"]) == (True, False)
    assert [(t["id"], t["name"]) for t in chats[FORUM_ID]["topics"]] == [(1, "Berita"), (2, "Arisan")]
    assert http.get("/sim/chats/1001").json()["messages"][0]["from"] == "Sari"
    assert http.get(f"{BOT}/getUpdates").json()["result"][1:] == []


def test_demo_scene_keeps_an_existing_user_name(http: httpx.Client) -> None:
    http.post("/sim/users", json={"user_id": 1001, "first_name": "Dewi"})
    http.post("/page/scene")
    assert http.get("/sim/chats/1001").json()["title"] == "Dewi"


def test_pictures_are_shown_inline_and_other_files_downloaded(http: httpx.Client) -> None:
    said = http.post("/sim/messages", json={"photo": {"content_base64": PNG}}).json()
    shown = http.get(f"/page/files/{said['photo'][-1]['file_id']}")
    assert (shown.headers["content-type"], "content-disposition" in shown.headers) == ("image/png", False)
    name = 'a"b\r\nc.html'
    document = {"file_name": name, "mime_type": "text/html", "content_base64": "PGI+"}
    said = http.post("/sim/messages", json={"document": document}).json()
    saved = http.get(f"/page/files/{said['document']['file_id']}")
    assert saved.headers["content-type"] == "application/octet-stream"
    assert saved.headers["content-disposition"] == "attachment; filename*=UTF-8''a%22b%0D%0Ac.html"
    assert http.get("/page/files/document-9-x").status_code == 404


def _set_commands(api: Api, word: str, scope: dict[str, Any] | None = None, language: str = "") -> None:
    menu = [{"command": word, "description": word}]
    api.call("setMyCommands", commands=menu, language_code=language, **({"scope": scope} if scope else {}))


def test_narrowest_command_scope_applies(api: Api) -> None:
    from bot.sandbox.page.routes import commands_for

    set_scene(api.world)
    forum, users = api.world.chats[FORUM_ID], api.world.users

    def menu(chat_id: int, user_id: int) -> list[str]:
        return [c["command"] for c in commands_for(api.world, api.world.chats[chat_id], users[user_id])]

    assert menu(1001, 1001) == []
    _set_commands(api, "umum")
    _set_commands(api, "general", language="en")
    assert (menu(1001, 1001), menu(1003, 1003), menu(FORUM_ID, 1003)) == (["umum"], ["general"], ["general"])
    _set_commands(api, "grup", {"type": "all_group_chats"})
    assert (menu(FORUM_ID, 1001), menu(FORUM_ID, 1002), menu(1001, 1001)) == (["grup"], ["grup"], ["umum"])
    _set_commands(api, "admin", {"type": "all_chat_administrators"})
    assert (menu(FORUM_ID, 1001), menu(FORUM_ID, 1002)) == (["admin"], ["grup"])
    _set_commands(api, "sini", {"type": "chat", "chat_id": forum.id})
    assert menu(FORUM_ID, 1001) == ["sini"]
    _set_commands(api, "pengurus", {"type": "chat_administrators", "chat_id": forum.id})
    _set_commands(api, "budi", {"type": "chat_member", "chat_id": forum.id, "user_id": 1002})
    assert (menu(FORUM_ID, 1001), menu(FORUM_ID, 1002), menu(FORUM_ID, 1003)) == (["pengurus"], ["budi"], ["sini"])
    assert menu(CHANNEL_ID, 1001) == []


def test_commands_are_served_over_http(http: httpx.Client) -> None:
    http.post("/page/scene")
    http.post(f"{BOT}/setMyCommands", json={"commands": [{"command": "berita", "description": "Berita"}]})
    assert http.get("/page/commands").json() == [{"command": "berita", "description": "Berita"}]
    assert http.get("/page/commands", params={"user_id": 77}).status_code == 404
    assert http.get("/page/commands", params={"chat_id": 77}).status_code == 404
