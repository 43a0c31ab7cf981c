"""Editing and deleting."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from bot.sandbox.request_parsing import Upload

if TYPE_CHECKING:
    from tests.bot.sandbox.conftest import Api

CHAT = 1001
KEYBOARD = {"inline_keyboard": [[{"text": "a", "callback_data": "a"}]]}


@pytest.fixture
def sent(api: Api) -> int:
    api.hear()
    return int(api.call("sendMessage", chat_id=CHAT, text="satu", reply_markup=KEYBOARD)["message_id"])


def test_edit_changes_text_and_removes_the_keyboard(api: Api, sent: int) -> None:
    api.clock.now += 5
    edited = api.call("editMessageText", chat_id=CHAT, message_id=sent, text="<i>dua</i>", parse_mode="HTML")
    assert (edited["text"], edited["edit_date"] - edited["date"]) == ("dua", 5)
    assert "reply_markup" not in edited
    again = api.call("editMessageReplyMarkup", chat_id=CHAT, message_id=sent, reply_markup=KEYBOARD)
    assert again["reply_markup"] == KEYBOARD


@pytest.mark.parametrize(
    ("method", "changes", "description"),
    [
        ("editMessageText", {"text": "satu", "reply_markup": KEYBOARD}, "message is not modified: specified new"),
        ("editMessageText", {"text": "dua", "message_id": 99}, "message to edit not found"),
        ("editMessageText", {"text": "dua", "message_id": 1}, "message can't be edited"),
        ("editMessageText", {"text": "x" * 4097}, "MESSAGE_TOO_LONG"),
        ("editMessageText", {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "a"}]]}}, "can't parse"),
        ("editMessageText", {"text": "x", "chat_id": 5}, "chat not found"),
        ("editMessageCaption", {"caption": "x"}, "there is no caption in the message to edit"),
        ("editMessageReplyMarkup", {"reply_markup": KEYBOARD}, "message is not modified"),
        ("editMessageText", {"text": "x", "inline_message_id": "1"}, "MESSAGE_ID_INVALID"),
        ("deleteMessage", {"message_id": 99}, "message to delete not found"),
        ("deleteMessages", {"message_ids": [], "message_id": None}, "message identifiers are not specified"),
    ],
)  # fmt: skip
def test_invalid_edit_or_deletion_is_refused(
    api: Api, sent: int, method: str, changes: dict[str, Any], description: str
) -> None:
    error = api.refused(method, **{"chat_id": CHAT, "message_id": sent} | changes)
    assert error.description.startswith(f"Bad Request: {description}")


def test_link_preview_change_counts_only_with_a_link(api: Api, sent: int) -> None:
    target: dict[str, Any] = {"chat_id": CHAT, "message_id": sent}
    off = {"is_disabled": True}
    same = {"text": "satu", "reply_markup": KEYBOARD, "link_preview_options": off}
    assert "not modified" in api.refused("editMessageText", **target, **same).description
    api.call("editMessageText", **target, text="lihat contoh.id")
    edited = api.call("editMessageText", **target, text="lihat contoh.id", link_preview_options=off)
    assert edited["link_preview_options"] == off


def test_edit_without_identifier_is_refused(api: Api) -> None:
    assert "identifier is not specified" in api.refused("editMessageText", text="x").description


def test_messages_are_deleted_within_two_days(api: Api, sent: int) -> None:
    assert api.call("deleteMessages", chat_id=CHAT, message_ids=[1, 99])
    api.clock.now += 48 * 3600 + 1
    assert api.refused("deleteMessage", chat_id=CHAT, message_id=sent).description.endswith("message can't be deleted")
    api.clock.now -= 2
    assert api.call("deleteMessage", chat_id=CHAT, message_id=sent)
    assert not api.world.chats[CHAT].messages


def make_png(width: int) -> dict[str, Upload]:
    buffer = io.BytesIO()
    Image.new("RGB", (width, 10)).save(buffer, "PNG")
    return {"a": Upload("a.png", "image/png", buffer.getvalue())}


def test_photo_replaces_a_photo_or_a_text(api: Api, sent: int) -> None:
    media = {"type": "photo", "media": "attach://a", "caption": "<b>tiga</b>", "parse_mode": "HTML"}
    edited = api.call("editMessageMedia", make_png(20), chat_id=CHAT, message_id=sent, media=media)
    assert (edited["caption"], edited["photo"][-1]["width"]) == ("tiga", 20)
    again = api.call("editMessageMedia", make_png(30), chat_id=CHAT, message_id=sent, media=media)
    assert again["photo"][-1]["width"] == 30


@pytest.mark.parametrize(
    ("media", "description"),
    [
        ({"type": "photo", "media": "attach://b"}, "the file that is attached is not in the request"),
        ({"type": "photo", "media": "https://a.example/a.png"}, "failed to get HTTP URL content"),
        ({"type": "document", "media": "attach://a"}, "not simulated"),
        ({"type": "photo", "media": "attach://a", "caption": "x" * 1025}, "message caption is too long"),
    ],
)
def test_invalid_media_edit_is_refused(api: Api, sent: int, media: dict[str, str], description: str) -> None:
    uploads = make_png(20) if media["media"] == "attach://a" else {}
    refused = api.refused("editMessageMedia", uploads=uploads, chat_id=CHAT, message_id=sent, media=media)
    assert description in refused.description
