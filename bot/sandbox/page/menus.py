"""Which command menu a person sees in a chat (Bot API, "Determining list of commands")."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bot.sandbox.state import Chat, User, World

Json = dict[str, Any]


def commands_for(world: World, chat: Chat, user: User) -> list[Json]:
    """The narrowest menu that is set, in the person's language where there is one in it; none in a channel."""
    if chat.kind == "channel":
        return []
    language = (user.language_code or "")[:2]
    for scope in _scopes(chat, user):
        for code in (language, ""):
            found = world.commands.get((scope, code))
            if found:
                return found
    return []


def _scopes(chat: Chat, user: User) -> list[str]:
    """The scopes' keys in `World.commands`, the narrowest first."""
    if chat.kind == "private":
        return [f"chat:{chat.id}", "all_private_chats", "default"]
    member = chat.members.get(user.id)
    if member is not None and member.is_admin:
        admins = [f"chat_administrators:{chat.id}"], ["all_chat_administrators"]
    else:
        admins = [], []
    return [
        f"chat_member:{chat.id}:{user.id}", *admins[0], f"chat:{chat.id}", *admins[1], "all_group_chats", "default",
    ]  # fmt: skip
