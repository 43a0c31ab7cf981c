"""What chats wait for, and the alerts of what was found, to Telegram HTML (pure)."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bot.deep_links import StoryLink, deep_linked
from bot.links import linked
from bot.render import LONGEST_OUTLET, age, covered_by, length, shortened
from bot.render_lists import joined
from bot.split import MESSAGE_LIMIT, split_html
from bot.telegram_text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.locale import Words
    from summaries.model import AlertBatch, NewsItem, Watch


# Twenty of them, in letters that count twice, fill a message.
LONGEST_LISTED = 80


def alert_text(words: Words, batch: AlertBatch, *, zone: str, now: datetime, username: str | None) -> str:
    """One message: the words that were waited for, and the stories that hold them."""
    heading = words.text("News about “{words}”", words=batch.watch.words)
    head = f"<b>{shown(heading)}</b>"
    room = (MESSAGE_LIMIT - length(head)) // max(1, len(batch.items)) - 2
    items = [item_text(words, item, zone, now, username, room) for item in batch.items]
    return "\n\n".join([head, *items])


def item_text(words: Words, item: NewsItem, zone: str, now: datetime, username: str | None, room: int) -> str:
    article = item.stored.article
    facts = [shortened(article.outlet, LONGEST_OUTLET) if article.outlet else ""]
    facts += [age(words, article.published_at or item.stored.added_at, now, zone)]
    facts += [covered_by(words, len(item.coverage))]
    line = joined([*map(shown, facts), deep_linked(username, StoryLink(item.stored.id), words.text("summary"))])
    head = f"<b>{linked(article.url, shown(shortened(article.title)))}</b>\n{line}"
    return split_html(f"{head}\n{shown(item.summary.text)}", room)[0]


def watches_text(words: Words, watches: Sequence[Watch]) -> str:
    """The chat's watches, each with how it is told."""
    head = words.text("I watch for:")
    at_once, folded = words.text("at once"), words.text("in the digest")
    lines = []
    for watch in watches:
        told = folded if watch.is_folded else at_once
        lines.append(f"• {shown(shortened(watch.words, LONGEST_LISTED))} <i>({escape(told)})</i>")
    how = words.html("Add more with <code>/pantau gempa lombok</code>")
    return "\n".join([f"<b>{escape(head)}</b>", *lines, "", how])
