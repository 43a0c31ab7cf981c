"""Render a chat for the terminal, and group the lines of a pipe into messages."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.sandbox import Json
from bot.sandbox.entities import Entity, weave

BOT_NAME = "Ringkas"
_STYLES = {"bold": (1, 22), "italic": (3, 23), "underline": (4, 24), "strikethrough": (9, 29)}
# The bot's text may come from any web page, so escape sequences must not reach the terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_STYLING = re.compile(r"\x1b\[[0-9;]*m")
_URL = re.compile(r"https?://\S", re.IGNORECASE)
_ARTICLE_COMMAND = re.compile(r"/ringkas(@\w+)?(\s|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Button:
    """A numbered button on the screen; `name` identifies it in the sandbox."""

    message_id: int
    name: str


@dataclass(frozen=True, slots=True)
class Card:
    """A numbered inline result."""

    query_id: str
    result_id: str


@dataclass(slots=True)
class Screen:
    """Render replies and keep the numbers of the latest buttons."""

    has_colour: bool = False
    buttons: dict[str, Button] = field(default_factory=dict)
    cards: dict[str, Card] = field(default_factory=dict)

    def show(self, feed: Json) -> str:
        """Return the text of the bot's messages. Their keyboards replace earlier numbers."""
        shown = {m["message_id"] for m in feed["messages"]}
        self.cards = {} if shown else self.cards
        has_keyboard = any(row for m in feed["messages"] for row in m["keyboard"])
        self.buttons = {} if has_keyboard else {n: b for n, b in self.buttons.items() if b.message_id not in shown}
        blocks = [self._message(m) for m in feed["messages"]]
        blocks += [f"({_clean(t['text'])})" for t in feed["toasts"] if t.get("text")]
        return "\n\n".join(blocks)

    def show_cards(self, offered: Json) -> str:
        """Return the text of inline results. Their numbers replace those of buttons."""
        self.buttons, self.cards = {}, {}
        lines = []
        for number, result in enumerate(offered.get("results") or [], 1):
            self.cards[str(number)] = Card(offered["inline_query_id"], result["id"])
            lines.append(f"[{number}] {_clean(result.get('title', ''))} – {_clean(result.get('description', ''))}")
        return "\n".join(lines)

    def _message(self, message: Json) -> str:
        name = self._escape("bold", 0) + BOT_NAME + self._escape("bold", 1)
        parts = [name + (" (diubah):" if message["is_edited"] else ":")]
        if "document" in message:
            parts.append(f"[berkas] {_clean(message['document']['file_name'])}")
        if "photo" in message:
            parts.append(f"[foto] {message['photo']['width']}×{message['photo']['height']}")
        if message["text"]:
            parts.append(self.text(message["text"], message["entities"]))
        parts += [row for row in (self._row(message["message_id"], r) for r in message["keyboard"]) if row]
        return "\n".join(parts)

    def text(self, text: str, entities: Iterable[Json]) -> str:
        """Apply styles if colours are on; a link is followed by its URL."""
        known = [Entity(e["type"], e["offset"], e["length"], (("url", e.get("url", "")),)) for e in entities]
        return weave(text, known, self._open, self._close, _clean)

    def _open(self, entity: Entity) -> str:
        if entity.type in {"blockquote", "expandable_blockquote"}:
            return "│ "
        return self._escape(entity.type, 0)

    def _close(self, entity: Entity) -> str:
        if entity.type == "text_link":
            return f" ({_clean(dict(entity.extra)['url'])})"
        return self._escape(entity.type, 1)

    def _escape(self, style: str, index: int) -> str:
        """Return the sequence that turns the style on (index 0) or off (1); nothing without colours."""
        return f"\x1b[{_STYLES[style][index]}m" if self.has_colour and style in _STYLES else ""

    def _row(self, message_id: int, row: list[Json]) -> str:
        shown = []
        for button in row:
            label = _clean(button["text"])
            if button["kind"] == "url":
                shown.append(f"{label} ({_clean(button['value'])})")
                continue
            number = str(len(self.buttons) + 1)
            # Buttons with equal labels are distinguished by their data.
            name = button["value"] if button["kind"] == "callback_data" else button["text"]
            self.buttons[number] = Button(message_id, name)
            shown.append(f"[{number}] {label}")
        return "  ".join(shown)


def _clean(text: str) -> str:
    return _CONTROL.sub("", text)


@dataclass(slots=True)
class LineGrouper:
    """Group lines of a pipe into messages: one each, except that the lines after a /ringkas without a link are its
    article.

    The article ends at a line that starts with "/" or at the end of input.
    """

    article: list[str] = field(default_factory=list)

    def feed(self, line: str) -> list[str]:
        """Return the messages that this line completes, in order."""
        line = line.rstrip("\r\n")
        if self.article and not line.startswith("/"):
            self.article.append(line)
            return []
        done = self.close()
        if _ARTICLE_COMMAND.match(line) and not _URL.search(line):
            self.article = [line]
        elif line.strip():
            done.append(line.strip())
        return done

    def close(self) -> list[str]:
        """Return the article that the end of input completes."""
        done = ["\n".join(self.article).strip()] if self.article else []
        self.article = []
        return done


def echo(message: str) -> str:
    """Return a piped message as echoed before its reply."""
    first, *rest = message.split("\n")
    return f"> {_clean(first)}" + (f" … (+{len(rest)} baris)" if rest else "")


def wrapped(text: str, columns: int) -> str:
    """Wrap the text to the given number of columns, between words; a longer word, such as a URL, is not cut.

    Double spaces are kept except at line breaks. Style codes have no width.
    """
    return "\n".join(piece for line in text.split("\n") for piece in _pieces(line, columns))


def _pieces(line: str, columns: int) -> Iterable[str]:
    piece, room = "", columns
    for space, word in re.findall(r"(?<!\s)(\s*+)(\S++)", line):
        width = len(_STYLING.sub("", word))
        if piece and len(space) + width > room:
            yield piece
            piece, room = word, columns - width
        else:
            piece += space + word
            room -= len(space) + width
    yield piece
