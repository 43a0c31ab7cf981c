"""Documents, photos, copies and forwards."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from bot.sandbox.files import picture_size
from bot.sandbox.request_parsing import Upload

if TYPE_CHECKING:
    from tests.bot.sandbox.conftest import Api

CHAT = 1001


def make_picture(kind: str, width: int, height: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("L", (width, height)).save(buffer, kind)
    return buffer.getvalue()


def make_png(width: int, height: int) -> bytes:
    return make_picture("PNG", width, height)


JPEG = make_picture("JPEG", 32, 64)


@pytest.mark.parametrize(
    ("content", "size"),
    [
        (make_png(640, 480), (640, 480)), (JPEG, (32, 64)), (make_picture("GIF", 2, 3), (2, 3)),
        (b"", None), (b"teks biasa", None), (b"\xff\xd8\xff", None), (JPEG[:12], None), (make_png(3, 5)[:24], None),
        (make_picture("BMP", 2, 3), None), (b"\xff\xd8\xff\xe0\x00\x00" * 3, None),
        (make_png(1, 1)[:16] + struct.pack(">II", 0, 5) + make_png(1, 1)[24:], None),
    ],
)  # fmt: skip
def test_picture_size_is_read_from_its_bytes(content: bytes, size: tuple[int, int] | None) -> None:
    assert picture_size(content) == size


def _send_photo(api: Api, content: bytes, **more: Any) -> Any:
    return api.call("sendPhoto", {"photo": Upload("a.png", "image/png", content)}, chat_id=CHAT, **more)


def test_photo_is_sent_and_resent_by_its_id(api: Api) -> None:
    api.hear()
    sent = _send_photo(api, make_png(640, 480), caption="<b>Grafik</b>", parse_mode="HTML")
    assert (sent["photo"][-1]["width"], sent["photo"][0]["width"]) == (640, 90)
    assert sent["caption_entities"] == [{"type": "bold", "offset": 0, "length": 6}]
    file_id = sent["photo"][-1]["file_id"]
    again = api.call("sendPhoto", chat_id=CHAT, photo=file_id)
    assert again["photo"][-1]["file_unique_id"] == sent["photo"][-1]["file_unique_id"]
    assert "as Document" in api.refused("sendDocument", chat_id=CHAT, document=file_id).description


@pytest.mark.parametrize(
    ("content", "more", "description"),
    [
        (b"bukan gambar", {}, "IMAGE_PROCESS_FAILED"),
        (make_png(9000, 1001), {}, "PHOTO_INVALID_DIMENSIONS"),
        (make_png(2100, 100), {}, "PHOTO_INVALID_DIMENSIONS"),
        (make_png(10, 10), {"caption": "x" * 1025}, "message caption is too long"),
    ],
)
def test_invalid_photo_is_refused(api: Api, content: bytes, more: dict[str, Any], description: str) -> None:
    api.hear()
    uploads = {"photo": Upload("a.png", "image/png", content)}
    error = api.refused("sendPhoto", uploads=uploads, chat_id=CHAT, **more)
    assert error.description == f"Bad Request: {description}"


def test_document_is_sent_downloaded_and_edited(api: Api) -> None:
    api.hear()
    upload = {"data.json": Upload("data.json", "application/json", b"{}")}
    sent = api.call("sendDocument", upload, chat_id=CHAT, document="attach://data.json", caption="Data")
    assert sent["document"]["file_name"] == "data.json"
    found = api.call("getFile", file_id=sent["document"]["file_id"])
    assert found["file_path"].endswith(".json")
    assert api.world.files[sent["document"]["file_id"]].content == b"{}"
    edited = api.call("editMessageCaption", chat_id=CHAT, message_id=sent["message_id"], caption="Lain")
    assert edited["caption"] == "Lain"
    assert "no text in the message" in api.refused(
        "editMessageText", chat_id=CHAT, message_id=sent["message_id"], text="x"
    ).description  # fmt: skip


@pytest.mark.parametrize(
    ("document", "description"),
    [
        ("https://contoh.id/a.pdf", "failed to get HTTP URL content"),
        ("abc", "wrong file identifier"),
        ("attach://x", "the file that is attached"),
    ],
)
def test_missing_document_is_refused(api: Api, document: str, description: str) -> None:
    api.hear()
    assert description in api.refused("sendDocument", chat_id=CHAT, document=document).description


def test_messages_are_copied_and_forwarded(api: Api) -> None:
    heard = api.hear("kabar dari detik.com")
    copied = api.call("copyMessage", chat_id=CHAT, from_chat_id=CHAT, message_id=heard.id)
    assert api.world.chats[CHAT].messages[copied["message_id"]].body == heard.body
    forwarded = api.call("forwardMessage", chat_id=CHAT, from_chat_id=CHAT, message_id=heard.id)
    assert forwarded["forward_origin"]["sender_user"]["id"] == CHAT
    assert "can't be edited" in api.refused(
        "editMessageText", chat_id=CHAT, message_id=forwarded["message_id"], text="x"
    ).description  # fmt: skip
    for method, word in (("copyMessage", "copy"), ("forwardMessage", "forward")):
        error = api.refused(method, chat_id=CHAT, from_chat_id=CHAT, message_id=99)
        assert error.description == f"Bad Request: message to {word} not found"
