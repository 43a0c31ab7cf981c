"""Text with entities: parsed from markup by Telegram's own parser (TDLib, no network), and written back with tags.

Offsets and lengths are in UTF-16 code units, as everywhere in the Bot API.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from bot.sandbox import Json
from bot.sandbox.errors import bad_request

# TDLib's names → the Bot API's. Bots never see the other types (bank cards, media timestamps).
_TYPES = {
    "Mention": "mention", "Hashtag": "hashtag", "Cashtag": "cashtag", "BotCommand": "bot_command", "Url": "url",
    "EmailAddress": "email", "PhoneNumber": "phone_number", "Bold": "bold", "Italic": "italic",
    "Underline": "underline", "Strikethrough": "strikethrough", "Spoiler": "spoiler", "Code": "code", "Pre": "pre",
    "PreCode": "pre", "BlockQuote": "blockquote", "ExpandableBlockQuote": "expandable_blockquote",
    "TextUrl": "text_link", "MentionName": "text_mention", "CustomEmoji": "custom_emoji", "DateTime": "date_time",
}  # fmt: skip
_MODES: dict[str, Json] = {
    "html": {"@type": "textParseModeHTML"},
    "markdown": {"@type": "textParseModeMarkdown", "version": 1},
    "markdownv2": {"@type": "textParseModeMarkdown", "version": 2},
}
# Telegram detects no links, commands or hashtags inside these.
_OPAQUE = {"code", "pre", "text_link", "text_mention", "custom_emoji"}
_DATE_TIME_FORMAT = re.compile(r"r|w?[dD]?[tT]?")
# Limits of `date_time` (errors of messages.sendMessage): the seconds that it may be ahead, and the UTF-16 units of its
# text with and without a format.
MAX_AHEAD_S = 1098 * 86_400
MAX_FORMATTED, MAX_UNFORMATTED = 31, 127
_FOUND = {"mention", "hashtag", "cashtag", "bot_command", "url", "email", "phone_number"}


@dataclass(frozen=True, slots=True)
class Entity:
    """A range of text with a type.

    `extra` holds the type's own fields (url, user_id, language, custom_emoji_id, unix_time, date_time_format).
    """

    type: str
    offset: int
    length: int
    extra: tuple[tuple[str, Any], ...] = ()

    @property
    def end(self) -> int:
        return self.offset + self.length


@dataclass(frozen=True, slots=True)
class Marked:
    """Text with its entities in order."""

    text: str
    entities: tuple[Entity, ...] = ()


def utf16_len(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def utf16_slice(text: str, start: int, end: int) -> str:
    """Return the characters between two offsets in UTF-16 units; half a surrogate pair becomes U+FFFD."""
    return text.encode("utf-16-le")[start * 2 : end * 2].decode("utf-16-le", errors="replace")


def parse(text: str, mode: str | None) -> Marked:
    """Parse the markup. Raises ApiError with the message of Telegram's parser."""
    if not mode:
        return Marked(text)
    if mode.lower() not in _MODES:
        raise bad_request("unsupported parse_mode")
    found = _execute({"@type": "parseTextEntities", "text": text, "parse_mode": _MODES[mode.lower()]})
    if found["@type"] == "error":
        message = str(found["message"])
        raise bad_request(message[:1].lower() + message[1:])
    return Marked(found["text"], _converted(found["entities"]))


def given(text: str, entities: Sequence[Json]) -> Marked:
    """Return the text with the given entities of the Bot API."""
    total = utf16_len(text)
    result = []
    for entity in entities:
        if entity["offset"] < 0 or entity["length"] <= 0 or entity["offset"] + entity["length"] > total:
            raise bad_request(f"entity beginning at UTF-16 offset {entity['offset']} is out of the text")
        extra = {k: v for k, v in entity.items() if k not in {"type", "offset", "length", "user"}}
        if "user" in entity:
            extra["user_id"] = entity["user"]["id"]
        if entity["type"] == "date_time" and not _DATE_TIME_FORMAT.fullmatch(extra.get("date_time_format", "")):
            raise bad_request("ENTITY_DATE_FORMAT_INVALID")
        result.append(Entity(entity["type"], entity["offset"], entity["length"], tuple(extra.items())))
    return Marked(text, _ordered(result))


def check_moments(marked: Marked, now: float) -> None:
    """Check the `date_time` entities as Telegram's servers do, which TDLib leaves to them.

    Raises:
        ApiError: one is in the past of Unix time or too far ahead, or its text is too long.
    """
    for entity in marked.entities:
        extra = dict(entity.extra)
        if entity.type == "date_time" and not 0 <= extra.get("unix_time", -1) <= now + MAX_AHEAD_S:
            raise bad_request("ENTITY_DATE_INVALID")
        most = MAX_FORMATTED if extra.get("date_time_format") else MAX_UNFORMATTED
        if entity.type == "date_time" and entity.length > most:
            raise bad_request("ENTITY_DATE_TOO_LONG")


def replace_moments(marked: Marked, show: Callable[[int, str], str]) -> Marked:
    """Return the text with its formatted `date_time` entities as `show` renders them, from Unix time and format."""
    text, entities = marked.text, list(marked.entities)
    for moment in reversed(marked.entities):
        extra = dict(moment.extra)
        if moment.type != "date_time" or not extra.get("date_time_format"):
            continue
        shown = show(extra["unix_time"], extra["date_time_format"])
        start, end, longer = moment.offset, moment.end, utf16_len(shown) - moment.length
        text = utf16_slice(text, 0, start) + shown + utf16_slice(text, end, utf16_len(text))
        for place, entity in enumerate(entities):
            if entity.offset >= end:
                entities[place] = replace(entity, offset=entity.offset + longer)
            elif entity.end > start:
                # It contains the moment, or styles a part of it, which becomes the whole.
                first, last = min(entity.offset, start), max(entity.end, end) + longer
                entities[place] = replace(entity, offset=first, length=last - first)
    return Marked(text, tuple(entities))


def with_found(marked: Marked) -> Marked:
    """Add the links, commands, mentions and hashtags that Telegram's servers detect in any text."""
    reply = _execute({"@type": "getTextEntities", "text": marked.text})
    # One byte per unit of the text: comparing each entity with each other is too slow for thousands of them.
    closed = bytearray(utf16_len(marked.text))
    for entity in marked.entities:
        if entity.type in _OPAQUE:
            closed[entity.offset : entity.end] = b"\1" * entity.length
    found = [e for e in _converted(reply["entities"]) if e.type in _FOUND and not any(closed[e.offset : e.end])]
    known = set(found)
    kept = [e for e in marked.entities if e not in known]
    return Marked(marked.text, _ordered([*kept, *found]))


def trimmed(marked: Marked) -> Marked:
    """Strip white space at both ends. Entities are shifted, and dropped if they become empty."""
    text = marked.text.strip()
    if text == marked.text:
        return marked
    cut, total = utf16_len(marked.text) - utf16_len(marked.text.lstrip()), utf16_len(text)
    moved = []
    for entity in marked.entities:
        start, end = max(0, entity.offset - cut), min(total, entity.end - cut)
        if start < end:
            moved.append(replace(entity, offset=start, length=end - start))
    return Marked(text, tuple(moved))


def _converted(entities: Sequence[Json]) -> tuple[Entity, ...]:
    result = []
    for item in entities:
        kind = item["type"]
        name = _TYPES.get(kind["@type"].removeprefix("textEntityType"))
        if name is not None:
            fields = _moment_fields(kind) if name == "date_time" else kind
            extra = tuple((k, v) for k, v in fields.items() if k != "@type" and v != "")
            result.append(Entity(name, item["offset"], item["length"], extra))
    return _ordered(result)


def _moment_fields(kind: Json) -> Json:
    """Return TDLib's moment as the Bot API has it: the format is "r", or letters of "wDT" (Bot API, date_time)."""
    form = kind.get("formatting_type") or {}
    if form.get("@type") == "dateTimeFormattingTypeRelative":
        letters = "r"
    else:
        letters = "w" if form.get("show_day_of_week") else ""
        for part, letter in (("date_precision", "d"), ("time_precision", "t")):
            precision = form.get(part, {}).get("@type", "").removeprefix("dateTimePartPrecision")
            letters += {"Short": letter, "Long": letter.upper()}.get(precision, "")
    return {"unix_time": kind["unix_time"], "date_time_format": letters}


def _ordered(entities: Sequence[Entity]) -> tuple[Entity, ...]:
    return tuple(sorted(entities, key=lambda e: (e.offset, -e.length)))


@cache
def _execute_function() -> Callable[[bytes], bytes | None]:
    from tdjson import td_execute

    td_execute(b'{"@type":"setLogVerbosityLevel","new_verbosity_level":0}')
    return td_execute


def _execute(request: Json) -> Json:
    reply = _execute_function()(json.dumps(request).encode())
    if reply is None:
        raise RuntimeError("TDLib gave no answer")
    result: Json = json.loads(reply)
    return result


def weave(
    text: str,
    entities: Sequence[Entity],
    opening: Callable[[Entity], str],
    closing: Callable[[Entity], str],
    plain: Callable[[str], str],
) -> str:
    """Return the text with opening and closing tags. Overlapping entities are closed and reopened."""
    marked = [e for e in entities if opening(e) or closing(e)]
    edges = sorted({0, utf16_len(text), *(x for e in marked for x in (e.offset, e.end))})
    out: list[str] = []
    stack: list[Entity] = []
    for start, end in zip(edges, [*edges[1:], edges[-1]], strict=True):
        again: list[Entity] = []
        while any(e.end <= start for e in stack):
            top = stack.pop()
            out.append(closing(top))
            if top.end > start:
                again.append(top)
        for entity in [*reversed(again), *(e for e in marked if e.offset == start)]:
            stack.append(entity)
            out.append(opening(entity))
        out.append(plain(utf16_slice(text, start, end)))
    return "".join(out)
