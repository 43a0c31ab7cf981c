"""Rules for what a message holds: its text after parsing, and its keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from bot.sandbox.entities import Marked, given, parse, trimmed, utf16_len, with_found
from bot.sandbox.errors import bad_request

if TYPE_CHECKING:
    from collections.abc import Mapping

Json = dict[str, Any]

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_CALLBACK_BYTES = 64
MAX_BUTTONS = 100
MAX_BUTTONS_IN_ROW = 8
# What an inline button may do; exactly one of them.
_ACTIONS = {
    "url", "callback_data", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay", "disabled",
}  # fmt: skip


def text_of(p: Mapping[str, Any], *, is_edit: bool = False) -> Marked:
    """The message's text, 1 to 4096 UTF-16 units after parsing and trimming."""
    marked = _marked(p, "text", "parse_mode", "entities")
    if not marked.text:
        raise bad_request("message text is empty" if not p["text"].strip() else "text must be non-empty")
    if utf16_len(marked.text) > MAX_TEXT:
        raise bad_request("MESSAGE_TOO_LONG" if is_edit else "message is too long")
    return with_found(marked)


def caption_of(p: Mapping[str, Any]) -> Marked:
    """The caption, 0 to 1024 UTF-16 units after parsing and trimming."""
    marked = _marked(p, "caption", "parse_mode", "caption_entities")
    if utf16_len(marked.text) > MAX_CAPTION:
        raise bad_request("message caption is too long")
    return with_found(marked)


def _marked(p: Mapping[str, Any], text_key: str, mode_key: str, entities_key: str) -> Marked:
    text = p.get(text_key, "")
    if "\x00" in text or any("\ud800" <= c <= "\udfff" for c in text):
        raise bad_request("strings must be encoded in UTF-8")
    marked = given(text, p[entities_key]) if p.get(entities_key) else parse(text, p.get(mode_key))
    return trimmed(marked)


def keyboard_of(markup: Json | None, *, inline_only: bool = False) -> Json | None:
    """The keyboard as it is kept; None when it has no button."""
    if markup is None:
        return None
    if "inline_keyboard" not in markup:
        if inline_only:
            raise bad_request("inline keyboard expected")
        _check_reply_keyboard(markup)
        return markup
    rows = [[_button(b) for b in row] for row in markup["inline_keyboard"] if row]
    if sum(map(len, rows)) > MAX_BUTTONS or any(len(row) > MAX_BUTTONS_IN_ROW for row in rows):
        raise bad_request("reply markup is too long")
    return {"inline_keyboard": rows} if rows else None


def _check_reply_keyboard(markup: Json) -> None:
    if "keyboard" in markup and not any(markup["keyboard"]):
        raise bad_request("reply keyboard must have at least one button")
    placeholder = markup.get("input_field_placeholder")
    if placeholder is not None and not 1 <= utf16_len(placeholder) <= 64:
        raise bad_request("input field placeholder is too long")


def _button(button: Json) -> Json:
    if not button["text"].strip():
        raise bad_request("can't parse inline keyboard button: button text must be non-empty")
    actions = _ACTIONS & set(button)
    if len(actions) != 1:
        reason = "Text buttons are unallowed in the inline keyboard" if not actions else "more than one action"
        raise bad_request(f"can't parse inline keyboard button: {reason}")
    data = button.get("callback_data")
    if data is not None and not 1 <= len(data.encode()) <= MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    if "url" in button:
        check_url(button["url"])
    if "copy_text" in button and not 1 <= utf16_len(button["copy_text"]["text"]) <= 256:
        raise bad_request("BUTTON_COPY_TEXT_INVALID")
    return button


def check_url(url: str) -> None:
    """An address that a button may open: http, https, tg or ton, with a host."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = None
    is_web = parts is not None and parts.scheme in {"http", "https"} and "." in (parts.hostname or "")
    is_app = parts is not None and parts.scheme in {"tg", "ton"} and bool(parts.netloc)
    if not (is_web or is_app) or any(c.isspace() for c in url):
        raise bad_request(f"inline keyboard button URL '{url}' is invalid: Wrong HTTP URL")
