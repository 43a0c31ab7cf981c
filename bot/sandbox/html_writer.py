"""Text with entities back to marked-up text: HTML as Telegram writes it, or anything with an opening and an end."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bot.sandbox.entities import Entity, utf16_slice

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TAGS = {
    "bold": "b", "italic": "i", "underline": "u", "strikethrough": "s", "spoiler": "tg-spoiler", "code": "code",
    "pre": "pre", "blockquote": "blockquote", "expandable_blockquote": "blockquote",
}  # fmt: skip


def weave(
    text: str,
    entities: Sequence[Entity],
    opening: Callable[[Entity], str],
    closing: Callable[[Entity], str],
    plain: Callable[[str], str],
) -> str:
    """The text with what each entity opens and closes. Entities that cross are closed and opened again."""
    marked = [e for e in entities if opening(e) or closing(e)]
    edges = sorted({0, len(text.encode("utf-16-le")) // 2, *(x for e in marked for x in (e.offset, e.end))})
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


def to_html(text: str, entities: Sequence[Entity]) -> str:
    """HTML that Telegram's parser reads back to the same text and entities; links that it finds itself stay plain."""
    return weave(text, entities, _open_tag, _close_tag, lambda s: escape(s, quote=False))


def _open_tag(entity: Entity) -> str:
    extra = dict(entity.extra)
    match entity.type:
        case "text_link":
            return f'<a href="{escape(extra["url"])}">'
        case "text_mention":
            return f'<a href="tg://user?id={extra["user_id"]}">'
        case "custom_emoji":
            return f'<tg-emoji emoji-id="{extra["custom_emoji_id"]}">'
        case "pre" if "language" in extra:
            return f'<pre><code class="language-{escape(extra["language"])}">'
        case "expandable_blockquote":
            return "<blockquote expandable>"
    return f"<{_TAGS[entity.type]}>" if entity.type in _TAGS else ""


def _close_tag(entity: Entity) -> str:
    match entity.type:
        case "text_link" | "text_mention":
            return "</a>"
        case "custom_emoji":
            return "</tg-emoji>"
        case "pre" if "language" in dict(entity.extra):
            return "</code></pre>"
    return f"</{_TAGS[entity.type]}>" if entity.type in _TAGS else ""
