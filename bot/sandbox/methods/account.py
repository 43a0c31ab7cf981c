"""The bot's own account: its user, command menu, names and descriptions."""

from __future__ import annotations

import re

from bot.sandbox import Json
from bot.sandbox.entities import utf16_len
from bot.sandbox.errors import bad_request
from bot.sandbox.methods.checks import find_chat, simulates
from bot.sandbox.objects import user_json
from bot.sandbox.state import World

MAX_COMMANDS = 100
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")


@simulates("getMe")
def get_me(world: World, _p: Json) -> Json:
    return user_json(world.bot) | {
        "can_join_groups": True,
        "can_read_all_group_messages": not world.has_privacy,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_guest_queries": world.has_guest_mode,
    }


@simulates("logOut")
@simulates("close")
def leave_server(_world: World, _p: Json) -> bool:
    """Do nothing, for logOut and close."""
    return True


def _language(p: Json) -> str:
    code: str = p.get("language_code", "")
    if code and not _LANGUAGE.fullmatch(code):
        raise bad_request("language_code must be a two-letter ISO 639-1 code")
    return code


def _scope(world: World, p: Json) -> str:
    scope = p.get("scope") or {"type": "default"}
    if "chat_id" not in scope:
        return str(scope["type"])
    chat = find_chat(world, scope["chat_id"])
    if chat.kind == "private" and scope["type"] != "chat":
        raise bad_request("Can't use specified scope in private chats")
    if chat.kind == "channel":
        raise bad_request("Can't change commands in channel chats")
    if "user_id" in scope and scope["user_id"] not in world.users:
        raise bad_request("user not found")
    return ":".join(str(part) for part in (scope["type"], chat.id, scope.get("user_id", "")) if part != "")


@simulates("setMyCommands", "commands scope language_code")
def set_commands(world: World, p: Json) -> bool:
    if len(p["commands"]) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in p["commands"]:
        if not _COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= utf16_len(command["description"].strip()) <= 256:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    key = (_scope(world, p), _language(p))
    world.commands[key] = [c | {"command": c["command"].removeprefix("/")} for c in p["commands"]]
    return True


@simulates("getMyCommands", "scope language_code")
def get_commands(world: World, p: Json) -> list[Json]:
    return world.commands.get((_scope(world, p), _language(p)), [])


@simulates("deleteMyCommands", "scope language_code")
def delete_commands(world: World, p: Json) -> bool:
    world.commands.pop((_scope(world, p), _language(p)), None)
    return True


def _simulate_profile(key: str, longest: int) -> None:
    """Register the methods that set and get a text of the bot's profile."""
    name = key.title().replace("_", "")

    @simulates(f"setMy{name}", f"{key} language_code")
    def set_text(world: World, p: Json) -> bool:
        value, language = p.get(key, ""), _language(p)
        if utf16_len(value) > longest:
            raise bad_request(f"{key} is too long")
        world.profile[key, language] = value
        return True

    @simulates(f"getMy{name}", "language_code")
    def get_text(world: World, p: Json) -> Json:
        default = world.bot.first_name if key == "name" else ""
        return {key: world.profile.get((key, _language(p))) or world.profile.get((key, "")) or default}


_simulate_profile("name", 64)
_simulate_profile("description", 512)
_simulate_profile("short_description", 120)


@simulates("setChatMenuButton", "chat_id menu_button")
def set_menu_button(world: World, p: Json) -> bool:
    chat_id = find_chat(world, p["chat_id"]).id if "chat_id" in p else None
    world.menu_buttons[chat_id] = p.get("menu_button") or {"type": "default"}
    return True


@simulates("getChatMenuButton", "chat_id")
def get_menu_button(world: World, p: Json) -> Json:
    own = world.menu_buttons.get(find_chat(world, p["chat_id"]).id) if "chat_id" in p else None
    return own or world.menu_buttons.get(None) or {"type": "commands"}
