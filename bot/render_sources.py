"""What the bot reads, and how that goes, as Telegram HTML (pure)."""

from __future__ import annotations

from collections import defaultdict
from html import escape
from typing import TYPE_CHECKING

from bot.render import shortened
from bot.split import split_html
from bot.telegram_text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.locale import Words
    from summaries.model import StoredSource
    from summaries.sourcing import Addition

MOST_OUTLETS, MOST_FAILING, LONGEST_ERROR = 60, 20, 90


def sources_parts(words: Words, sources: Sequence[StoredSource], *, is_admin: bool) -> list[str]:
    """The outlets that are read, and those that can't be; an admin sees each source's trouble."""
    outlets: dict[str, list[StoredSource]] = defaultdict(list)
    for stored in sources:
        outlets[stored.source.outlet].append(stored)
    read = sorted((name for name, own in outlets.items() if any(map(is_well, own))), key=str.casefold)
    unread = sorted((name for name in outlets if name not in read), key=str.casefold)
    on = [stored for stored in sources if stored.state.is_active]
    failing = [stored for stored in on if stored.state.failures_in_a_row]
    lines = [
        words.html("<b>What I read</b>"),
        words.html(
            "{sources} feeds of {outlets} outlets; {failing} can't be read just now.",
            sources=len(on),
            outlets=len(read),
            failing=len(failing),
        ),
        "<blockquote expandable>" + shown(", ".join(some_of(words, read))) + "</blockquote>" if read else "",
    ]
    if unread:
        lines.append(words.html("Not read just now: {outlets}", outlets=", ".join(some_of(words, unread))))
    if is_admin:
        off = [stored for stored in sources if not stored.state.is_active]
        lines.extend(trouble(words, stored) for stored in (*failing, *off)[:MOST_FAILING])
        lines.append(words.html("<code>/sumber tambah URL [topic]</code>, <code>/sumber hapus KEY</code>"))
    return split_html("\n".join(line for line in lines if line))


def is_well(stored: StoredSource) -> bool:
    return stored.state.is_active and not stored.state.failures_in_a_row


def some_of(words: Words, names: Sequence[str]) -> list[str]:
    listed = [shortened(name, 40) for name in names[:MOST_OUTLETS]]
    more = len(names) - len(listed)
    return [*listed, words.count("{n} more", "{n} more", more)] if more else listed


def trouble(words: Words, stored: StoredSource) -> str:
    """One source that is off or fails, for an admin."""
    state = stored.state
    mark = f"{state.failures_in_a_row}×" if state.is_active else words.text("off")
    error = " ".join((state.last_error or "").split())[:LONGEST_ERROR]
    return f"• <code>{escape(stored.source.key)}</code> ({mark}) {shown(error)}".rstrip()


def addition_parts(words: Words, addition: Addition) -> list[str]:
    """What became of `/sumber tambah`."""
    lines = [
        words.html("Added: {key} ({outlet}, {topic}).", key=added.stored.source.key, outlet=added.stored.source.outlet,
                   topic=added.stored.source.category)
        if added.is_new
        else words.html("Already known and switched on: {key}.", key=added.stored.source.key)
        for added in addition.sources
    ]  # fmt: skip
    if addition.choices:
        lines.append(words.html("The page names several feeds. Add one of them:"))
        lines.extend(f"• <code>{escape(found.url)}</code>" for found in addition.choices[:MOST_FAILING])
    lines.extend(f"<code>{escape(url)}</code>: {shown(reason)}" for url, reason in addition.failures)
    return split_html("\n".join(lines))
