"""The bot's own account: its user, command menu, names and descriptions."""

from __future__ import annotations

import re

from bot.sandbox import Json
from bot.sandbox.entities import utf16_len
from bot.sandbox.errors import bad_request
from bot.sandbox.methods.checks import Simulated, find_chat, simulated
from bot.sandbox.objects import bot_json
from bot.sandbox.state import World

MAX_COMMANDS = 100
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"[a-z]{2}")


def get_me(world: World, _p: Json) -> Json:
    return bot_json(world)


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


def get_commands(world: World, p: Json) -> list[Json]:
    return world.commands.get((_scope(world, p), _language(p)), [])


def delete_commands(world: World, p: Json) -> bool:
    world.commands.pop((_scope(world, p), _language(p)), None)
    return True


def _setter(key: str, longest: int) -> Simulated:
    def answer(world: World, p: Json) -> bool:
        value, language = p.get(key, ""), _language(p)
        if utf16_len(value) > longest:
            raise bad_request(f"{key} is too long")
        world.profile[key, language] = value
        return True

    return simulated(answer, f"{key} language_code")


def _getter(key: str) -> Simulated:
    def answer(world: World, p: Json) -> Json:
        default = world.bot.first_name if key == "name" else ""
        return {key: world.profile.get((key, _language(p))) or world.profile.get((key, "")) or default}

    return simulated(answer, "language_code")


def set_menu_button(world: World, p: Json) -> bool:
    chat_id = find_chat(world, p["chat_id"]).id if "chat_id" in p else None
    world.menu_buttons[chat_id] = p.get("menu_button") or {"type": "default"}
    return True


def get_menu_button(world: World, p: Json) -> Json:
    own = world.menu_buttons.get(find_chat(world, p["chat_id"]).id) if "chat_id" in p else None
    return own or world.menu_buttons.get(None) or {"type": "commands"}


METHODS = {
    "getMe": simulated(get_me),
    "logOut": simulated(leave_server),
    "close": simulated(leave_server),
    "setMyCommands": simulated(set_commands, "commands scope language_code"),
    "getMyCommands": simulated(get_commands, "scope language_code"),
    "deleteMyCommands": simulated(delete_commands, "scope language_code"),
    "setMyName": _setter("name", 64),
    "getMyName": _getter("name"),
    "setMyDescription": _setter("description", 512),
    "getMyDescription": _getter("description"),
    "setMyShortDescription": _setter("short_description", 120),
    "getMyShortDescription": _getter("short_description"),
    "setChatMenuButton": simulated(set_menu_button, "chat_id menu_button"),
    "getChatMenuButton": simulated(get_menu_button, "chat_id"),
}
