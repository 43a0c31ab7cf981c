"""The buttons below a digest, and the digest with longer or shorter summaries."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from html import escape
from typing import NamedTuple

from telegram import InlineKeyboardMarkup

from bot.locale import Translations
from bot.telegram_text import MESSAGE_LIMIT, split_html
from bot.views.answers import LENGTHS
from bot.views.callbacks import build_button, build_keyboard, decoder, split_rows
from bot.views.digests import (
    Block,
    pack,
    rank_items,
    render_fitting_blocks,
    render_headline,
    render_stories,
)
from bot.views.html import OutgoingMessage, measure, stack
from summaries.model import Digest, Length, NewsItem

DIGEST_PATTERN = r"^d1:"
# The sizes of the summaries, shortest first; with "h" stories have only their headline.
SIZES = ("h", *LENGTHS)
# The numbers of stories in a row.
ROW = 5


class DigestAction(StrEnum):
    """The effect of a button below a digest."""

    SHOW = "v"
    CHOOSE = "c"
    BACK = "b"
    SAVE = "k"
    REMOVE = "u"
    MORE = "n"
    TASTES = "t"


@dataclass(frozen=True, slots=True)
class DigestPress:
    """A press of a button below the digest with summaries of `size`.

    `SHOW` shows that size, `CHOOSE` lists the stories to save, `TASTES` those of which to have more or less, `BACK`
    closes the list, `MORE` sends other stories, and `SAVE` and `REMOVE` are about story `number` (from 1).
    """

    digest_id: int
    action: DigestAction = DigestAction.SHOW
    size: str = "s"
    number: int = 0

    def encode(self) -> str:
        return f"d1:{self.digest_id:x}:{self.action}{self.size}{self.number or ''}"


decode_digest_press = decoder(
    re.compile(r"d1:([1-9a-f][0-9a-f]{0,14}):(?:([vcbnt])([hsml])|([ku])([hsml])([1-9]\d?))"),
    lambda match: DigestPress(
        int(match[1], 16), DigestAction(match[2] or match[4]), match[3] or match[5], int(match[6] or 0)
    ),
)


def find_size(length: Length) -> str:
    """Return the size whose summaries have this length."""
    return next((size for size, known in LENGTHS.items() if known == length), "s")


def build_digest_keyboard(words: Translations, shown: DigestPress, *, is_full: bool = False) -> InlineKeyboardMarkup:
    """Return the buttons below a digest that is shown in a size; `is_full` if its messages have no room for more."""
    place = SIZES.index(shown.size)
    steps = {place - 1: words.text("Less detail"), place + 1: words.text("More detail")}
    last = place if is_full else len(SIZES) - 1
    offered = {label: SIZES[n] for n, label in steps.items() if 0 <= n <= last}
    sizes = {label: replace(shown, action=DigestAction.SHOW, size=size) for label, size in offered.items()}
    others = {
        words.text("Save"): replace(shown, action=DigestAction.CHOOSE),
        words.text("More news"): replace(shown, action=DigestAction.MORE),
    }
    tastes = {words.text("More or less like this"): replace(shown, action=DigestAction.TASTES)}
    rows = [[build_button(label, press.encode()) for label, press in row.items()] for row in (sizes, others, tastes)]
    return InlineKeyboardMarkup(rows)


def encode_digest_keyboard(words: Translations, shown: DigestPress) -> str:
    """Return the buttons of a digest, in the size in which it is shown, as JSON.

    Those of different digests differ in the digest's id only; building and encoding them would be a sixth of the cost
    of a message.
    """
    return _encode_keyboard(words, shown.size).replace(_FIRST, f"d1:{shown.digest_id:x}:")


_FIRST = "d1:1:"


@cache
def _encode_keyboard(words: Translations, size: str) -> str:
    return build_digest_keyboard(words, DigestPress(1, size=size)).to_json()


def build_choice_keyboard(
    words: Translations, shown: DigestPress, count: int, saved: Collection[int]
) -> InlineKeyboardMarkup:
    """Return a button for each number of the `count` stories, which saves the story, or removes it if it is `saved`."""
    buttons = []
    for number in range(1, count + 1):
        is_saved = number in saved
        press = replace(shown, action=DigestAction.REMOVE if is_saved else DigestAction.SAVE, number=number)
        buttons.append(build_button(f"{number} ✓" if is_saved else str(number), press.encode()))
    back = replace(shown, action=DigestAction.BACK, number=0)
    return InlineKeyboardMarkup([*split_rows(buttons, ROW), [build_button(words.text("‹ Back"), back.encode())]])


class Resized(NamedTuple):
    """The messages of a digest in another size, None for one without stories that are left, and how many of its stories
    have summaries of that size: the others are shorter, because a message had no more room."""

    messages: tuple[str | None, ...]
    stories: int


def resize(
    blocks: Sequence[Sequence[Block]], messages: Sequence[Collection[int]], ranked_ids: Sequence[int]
) -> Resized:
    """Lay a digest out over the messages that show it, which hold these articles.

    `blocks` are those of the digest in each size up to the wanted one. Every story first gets a summary of the second
    size; then the most important stories get the wanted size as far as there is room, and others the sizes between.
    """
    wanted = len(blocks) - 1
    places = place_blocks([article_id for _, article_id in blocks[0]], messages)
    sizes = [0] * len(places)
    lengths = [[measure(html) for html, _ in version] for version in blocks]
    for place in range(len(messages)):
        ids = {n: blocks[0][n][1] for n, at in enumerate(places) if at == place}
        inside = sorted(ids, key=lambda n: -1 if ids[n] is None else ranked_ids.index(ids[n]))
        room = MESSAGE_LIMIT - sum(lengths[0][n] + 2 for n in inside) + 2
        for size in (1, *range(wanted, 1, -1)) if wanted else ():
            for n in inside:
                more = lengths[size][n] - lengths[sizes[n]][n]
                if sizes[n] < size and more <= room:
                    sizes[n], room = size, room - more
    texts = [
        stack(*(blocks[sizes[n]][n][0] for n, at in enumerate(places) if at == place)) for place in range(len(messages))
    ]
    stories = sum(size == wanted for size, (_, article_id) in zip(sizes, blocks[0], strict=True) if article_id)
    # Articles that were edited since may have become longer.
    return Resized(tuple(split_html(text)[0] if text else None for text in texts), stories)


def place_blocks(article_ids: Sequence[int | None], messages: Sequence[Collection[int]]) -> list[int]:
    """Return the message of each block: that of its article; before the first story the first one, and after the last
    story the last one."""
    stories = [n for n, article_id in enumerate(article_ids) if article_id is not None]
    places = []
    for n, article_id in enumerate(article_ids):
        if article_id is None:
            places.append(0 if not stories or n < stories[0] else len(messages) - 1)
        else:
            places.append(next(place for place, held in enumerate(messages) if article_id in held))
    return places


def render_resized(
    words: Translations,
    digests: Sequence[Digest],
    messages: Sequence[Collection[int]],
    username: str | None,
    *,
    is_listed: bool,
) -> Resized:
    """Render the digest over its messages in the last of the sizes that `digests` have.

    Without its list of headlines (see `is_listed`) the first message has room for longer summaries.
    """
    ranked = rank_items(digests[0])
    listed = ranked if is_listed else ()
    blocks = [render_fitting_blocks(words, digest, listed, username)[1] for digest in digests]
    return resize(blocks, messages, [item.stored.id for item in ranked])


def strip_summaries(items: Sequence[NewsItem]) -> tuple[NewsItem, ...]:
    """Return the stories with their headlines only."""
    return tuple(replace(item, summary=replace(item.summary, sentences=())) for item in items)


def find_headline_order(
    words: Translations, html: str, items: Sequence[NewsItem], username: str | None
) -> tuple[int, ...]:
    """Return the ids of the articles in the order of the headlines in the digest's first message."""
    places = {item.stored.id: html.find(render_headline(item, words, username)) for item in items}
    return tuple(sorted(places, key=lambda article_id: (places[article_id] < 0, places[article_id])))


def render_more(words: Translations, digest: Digest, shown: DigestPress, username: str | None) -> list[OutgoingMessage]:
    """Render the further stories of `digest`, with a button for the next ones if there are more."""
    blocks = [(f"<b>{escape(words.text('More news'))}</b>", None), *render_stories(words, digest, username)]
    *before, last = [part.html for part in pack(blocks)]
    more = build_button(words.text("More news"), replace(shown, action=DigestAction.MORE).encode())
    return [*map(OutgoingMessage, before), OutgoingMessage(last, build_keyboard([more] if digest.more else []))]
