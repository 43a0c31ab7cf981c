"""The reply about one article, in each format, with its buttons."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from html import escape

from babel.numbers import format_percent
from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import InlineKeyboardButtonLimit, KeyboardButtonStyle

from bot.locale import Translations, message
from bot.telegram_text import MESSAGE_LIMIT, split_html, to_html, utf16_length
from bot.views.callbacks import READ_ON, READ_QUOTED, build_button, build_keyboard, decoder, split_evenly
from bot.views.html import (
    MAX_OUTLET_CHARS,
    NO_PREVIEW,
    OutgoingMessage,
    measure,
    name_article,
    render_byline,
    render_head,
    render_link,
    shorten,
    stack,
)
from summaries import model
from summaries.text.characters import clean_line
from summaries.urls import is_web_address

# Silent reading of Indonesian news by adults, words a minute; Trauzettel-Klosinski et al. (2012) measured 184 ± 29 over
# 17 languages.
WORDS_PER_MINUTE = 180
# Telegram's limit for a text to copy, and the part of it that an address leaves to a title.
MAX_COPIED, MIN_COPIED_TITLE = int(InlineKeyboardButtonLimit.MAX_COPY_TEXT), 80
# A longer text fills a phone's screen, so it is collapsed.
UNFOLDED_CHARS = 700
# Characters of a long paragraph around a marked sentence, if the whole does not fit.
CONTEXT_CHARS = 160
# Verdict sentences have at most 60 words; longer ones leave no room for the rest of the message.
MAX_VERDICT_CHARS = 1_500
_WORD_EDGE = re.compile(r"\s+")
ANSWER_PATTERN = r"^a1:"
SUMMARY_PATTERN = r"^e1:"
RESEMBLES = {
    model.Verdict.FALSE: message("Similar to a hoax that was debunked:"),
    model.Verdict.MISLEADING: message("Similar to a claim that was found misleading:"),
    model.Verdict.UNPROVEN: message("Similar to a claim that is unproven:"),
}
LENGTHS = {"s": model.SHORT, "m": model.MEDIUM, "l": model.LONG}


class AnswerFormat(StrEnum):
    """The formats of a reply."""

    TEXT = "t"
    POINTS = "p"
    IN_ARTICLE = "h"
    STORY = "o"


class SaveAction(StrEnum):
    """The change to the person's saved articles."""

    NOTHING = ""
    SAVE = "k"
    REMOVE = "u"


@dataclass(frozen=True, slots=True)
class AnswerView:
    """The reply's format and length, and whether the press saves or removes the article."""

    answer_id: int
    form: AnswerFormat = AnswerFormat.TEXT
    size: str = "m"
    keeping: SaveAction = SaveAction.NOTHING

    @property
    def length(self) -> model.Length:
        return LENGTHS[self.size]

    def encode(self) -> str:
        return f"a1:{self.answer_id:x}:{self.form}{self.size}{self.keeping}"


decode_answer_view = decoder(
    re.compile(r"a1:([0-9a-f]{1,15}):([tpho])([sml])([ku]?)"),
    lambda match: AnswerView(int(match[1], 16), AnswerFormat(match[2]), match[3], SaveAction(match[4])),
)

# The answer whose summary the button below a fact-check sends.
decode_summary = decoder(re.compile(r"e1:([0-9a-f]{1,15})"), lambda match: int(match[1], 16))


def render_answer(
    words: Translations,
    article: model.Article,
    summary: model.Summary,
    zone: str,
    form: AnswerFormat = AnswerFormat.TEXT,
    rewritten: str | None = None,
    *,
    is_edit: bool = False,
) -> list[str]:
    """Render the reply: title, outlet · date · place, the summary, how much shorter it is, and the link.

    `rewritten`, the language model's text, replaces the summary in the text format, with a note about its author. With
    `is_edit` there is one part, because it replaces a message; a longer summary is cut and ends with "…".
    """
    rewritten = rewritten if form is AnswerFormat.TEXT else None
    if article.is_excerpt:
        note = escape(words.text("Only an excerpt: the page itself could not be read."))
    else:
        note = render_savings(words, article, rewritten or summary.text) if summary.sentences else ""
    if rewritten:
        about = words.text("Put into words by a language model. Numbers, names and quotations stand in the article.")
        note += "\n" + escape(about)
    head, tail = render_head(words, article, zone), render_tail(words, article, note)
    match form:
        case AnswerFormat.POINTS:
            body = fold("\n".join(f"• {to_html(sentence.text)}" for sentence in summary.sentences))
        case AnswerFormat.IN_ARTICLE:
            body = render_in_article(article, summary, head + tail)
        case _:
            body = fold(to_html(rewritten or summary.text))
    parts = split_html(stack(head, body, tail))
    if len(parts) > 1 and is_edit:
        room = MESSAGE_LIMIT - measure(stack(head, "…", tail))
        return [stack(head, split_html(body, room)[0] + "…", tail)]
    return parts


def render_tail(words: Translations, article: model.Article, note: str) -> str:
    return stack(
        f"<i>{note}</i>" if note else "", render_link(article.url, words.text("Read the article")), between="\n"
    )


def render_full_article(words: Translations, article: model.Article, zone: str) -> list[str]:
    """Render a whole article that is too short to be summarised, with a note about it; of a fact-check only the verdict
    sentence, because the rest may quote the hoax."""
    if (checked := article.fact_check) is not None:
        note, text = "", checked.sentence.text if checked.sentence else ""
    else:
        note, text = escape(words.text("This article is short already: here it is in full.")), article.text
    body = fold(to_html(text)) if text else ""
    return split_html(stack(render_head(words, article, zone), body, render_tail(words, article, note)))


def render_debunking(
    words: Translations,
    article: model.Article,
    zone: str,
    *,
    answer_id: int | None = None,
    linking_id: int | None = None,
) -> OutgoingMessage:
    """Render the fact-check of a claim that a text repeats: claim, verdict sentence, desk and link.

    `answer_id` is that of the text's summary, which a button sends, and `linking_id` that of a message with links,
    which a button reads. The links themselves are not repeated.
    """
    checked = article.fact_check
    if checked is None:
        raise ValueError("the article is no fact-check")
    text = stack(
        f"<b>{escape(words.text(RESEMBLES[checked.verdict]))}</b> {to_html(shorten(checked.claim))}",
        to_html(shorten(checked.sentence.text, MAX_VERDICT_CHARS)) if checked.sentence else "",
        stack(
            render_byline(words, article, zone),
            render_link(article.url, words.text("Read the fact-check")),
            between="\n",
        ),
    )
    row = [] if answer_id is None else [build_button(words.text("Summary"), f"e1:{answer_id:x}")]
    if linking_id is not None:
        row.append(build_button(words.text("Read the links anyway"), READ_QUOTED))
    return OutgoingMessage(text, build_keyboard(row), quotes=linking_id)


def render_unread_links(words: Translations, links: Sequence[str]) -> list[OutgoingMessage]:
    """Render links that were not read, each message with a button that reads the links in it (see `READ_ON`); plain
    text."""
    head = words.text("I have not read these yet:")
    shown: list[list[str]] = []
    for link in links:
        if not shown or utf16_length("\n".join([head, *shown[-1], link])) > MESSAGE_LIMIT:
            shown.append([])
        shown[-1].append(link)
    return [
        OutgoingMessage(
            "\n".join([head, *part]),
            build_keyboard(
                [build_button(words.text("Read on ({n})", n=len(part)), READ_ON, KeyboardButtonStyle.PRIMARY)]
            ),
            is_html=False,
        )
        for part in shown
    ]


def choose_preview(article: model.Article) -> LinkPreviewOptions:
    """Return the options for a small preview of the article's picture; no preview without one."""
    if article.image_url and is_web_address(article.url):
        return LinkPreviewOptions(url=article.url, prefer_small_media=True)
    return NO_PREVIEW


def render_in_article(article: model.Article, summary: model.Summary, around: str) -> str:
    """Render the paragraphs of the sentences, with the sentences bold; "…" replaces the rest.

    If that is longer than a message, only the text near the sentences is shown; of a fact-check only the sentences,
    because the text around them may be the hoax.
    """
    if article.fact_check is not None:
        return quote(model.PARAGRAPH_BREAK.join(mark_paragraphs(article, summary.sentences, 0)))
    room = MESSAGE_LIMIT - measure(around) - 4
    whole = quote(model.PARAGRAPH_BREAK.join(mark_paragraphs(article, summary.sentences, None)))
    if measure(whole) <= room:
        return whole
    return quote(model.PARAGRAPH_BREAK.join(mark_paragraphs(article, summary.sentences, CONTEXT_CHARS)))


def mark_paragraphs(
    article: model.Article, sentences: Sequence[model.SummarySentence], context: int | None
) -> Iterator[str]:
    """Yield the paragraphs with sentences, with at most `context` characters before, between and after the
    sentences."""
    start, last = 0, -1
    for number, paragraph in enumerate(article.paragraphs):
        end = start + len(paragraph)
        inside = sorted((s for s in sentences if start <= s.start < end), key=lambda s: s.start)
        if inside:
            if number > last + 1:
                yield "…"
            yield mark(paragraph, [(s.start - start, min(s.end, end) - start) for s in inside], context)
            last = number
        start = end + len(model.PARAGRAPH_BREAK)
    if 0 <= last < len(article.paragraphs) - 1:
        yield "…"


def mark(paragraph: str, spans: Sequence[tuple[int, int]], context: int | None) -> str:
    pieces, at = [], 0
    for start, end in spans:
        pieces += [trim(paragraph[at:start], context, is_first=at == 0), f"<b>{to_html(paragraph[start:end])}</b>"]
        at = end
    pieces.append(trim(paragraph[at:], context, is_last=True))
    return "".join(pieces)


def trim(text: str, context: int | None, *, is_first: bool = False, is_last: bool = False) -> str:
    """Return the text as HTML; of a long one only the ends next to a marked sentence."""
    if context is None or len(text) <= 2 * context or not text.strip():
        return to_html(text)
    if context == 0:
        return " … "
    before = "" if is_first else to_html(_WORD_EDGE.split(text[:context][::-1], maxsplit=1)[-1][::-1])
    after = "" if is_last else to_html(_WORD_EDGE.split(text[-context:], maxsplit=1)[-1])
    return f"{before} … {after}" if before and after else f"{before} …" if before else f"… {after}"


def fold(html: str) -> str:
    """Return the HTML, collapsed in an expandable quotation if it is long."""
    return quote(html) if len(html) > UNFOLDED_CHARS else html


def quote(html: str) -> str:
    return f"<blockquote expandable>{html}</blockquote>"


def render_savings(words: Translations, article: model.Article, text: str) -> str:
    """Render how much shorter the text is: "76% lebih pendek · waktu baca 20 detik"."""
    word_count = len(text.split())
    before = max(1, len(article.text.split()))
    saved = max(0.0, 1 - word_count / before)
    percent = format_percent(round(saved, 2), locale=words.language)
    shorter = words.text("{percent} shorter", percent=percent)
    read_in = render_reading_time(words, word_count)
    return f"{shorter} · {read_in}" if saved else read_in


def render_reading_time(words: Translations, word_count: int) -> str:
    """Render how long it takes to read so many words: "waktu baca 20 detik"."""
    seconds = max(5, round(word_count / WORDS_PER_MINUTE * 60 / 5) * 5)
    return words.plural("read in {n} second", "read in {n} seconds", seconds)


def build_answer_keyboard(
    words: Translations,
    view: AnswerView,
    *,
    outlets: int = 1,
    has_chain: bool = False,
    is_saved: bool,
    copy: InlineKeyboardButton,
    follow: InlineKeyboardButton | None = None,
    share: InlineKeyboardButton | None = None,
    extra: Sequence[InlineKeyboardButton] = (),
) -> InlineKeyboardMarkup:
    """Return the buttons under a summary. The view of the story has one if it has further outlets or a chain; `extra`
    is one more row."""
    here = replace(view, keeping=SaveAction.NOTHING)

    def button(label: str, target: AnswerView) -> InlineKeyboardButton:
        return build_button(label, target.encode())

    names = {
        AnswerFormat.TEXT: words.text("As a text"),
        AnswerFormat.POINTS: words.text("In points"),
        AnswerFormat.IN_ARTICLE: words.text("Show in the article"),
    }
    sizes = list(LENGTHS)
    place = sizes.index(view.size)
    steps = {place - 1: words.text("Shorter"), place + 1: words.text("Longer")}
    lengths = [button(label, replace(here, size=sizes[n])) for n, label in steps.items() if 0 <= n < len(sizes)]
    lengths.append(copy)
    forms = [button(label, replace(here, form=form)) for form, label in names.items() if form is not view.form]
    story = []
    if outlets > 1:
        story.append(button(words.text("Reports ({n})", n=outlets), replace(here, form=AnswerFormat.STORY)))
    elif has_chain:
        story.append(button(words.text("Day by day"), replace(here, form=AnswerFormat.STORY)))
    save = build_save_button(words, view, is_saved=is_saved)
    last = split_evenly([*story, *filter(None, [follow]), save, *filter(None, [share])])
    return InlineKeyboardMarkup([row for row in (lengths, forms, *last, list(extra)) if row])


def build_save_button(words: Translations, view: AnswerView, *, is_saved: bool) -> InlineKeyboardButton:
    """Return the button that saves the article, or removes it, and shows the same view again."""
    label, keeping = (words.text("Saved ✓"), SaveAction.REMOVE) if is_saved else (words.text("Save"), SaveAction.SAVE)
    return build_button(label, replace(view, keeping=keeping).encode())


def build_copy_button(
    words: Translations, article: model.Article, summary: model.Summary, *, is_other: bool = False
) -> InlineKeyboardButton:
    """Return the button that copies the summary. Its label differs if the copy is shorter than the text above it, or if
    that is another one (`is_other`), such as the language model's."""
    text, is_whole = shorten_to_copy(words, article, summary)
    label = words.text("Copy") if is_whole and not is_other else words.text("Copy the gist")
    return InlineKeyboardButton(label, copy_text=CopyTextButton(text))


def shorten_to_copy(words: Translations, article: model.Article, summary: model.Summary) -> tuple[str, bool]:
    """Return the text to copy, in at most `MAX_COPIED` UTF-16 units, and whether it has the whole summary.

    It has the first whole sentences of the summary and the page's address, or the outlet's name if the address leaves
    no room for a sentence. If no sentence fits, it has the title, as it has the verdict and the claim of a fact-check,
    of which a sentence may be the hoax.
    """
    name = clean_line(shorten(article.outlet or "", MAX_OUTLET_CHARS))
    sources = [f"\n{article.url}"] if is_web_address(article.url) else []
    sources.append(f" ({name})" if name else "")
    sentences = [clean_line(sentence.text) for sentence in summary.sentences]
    if article.fact_check is None:
        for source in sources:
            for count in range(len(sentences), 0, -1):
                text = " ".join(sentences[:count]) + source
                if utf16_length(text) <= MAX_COPIED:
                    return text, count == len(sentences)
    title = clean_line(name_article(words, article) or article.text)
    source = next(source for source in sources if utf16_length(source) <= MAX_COPIED - MIN_COPIED_TITLE)
    room = MAX_COPIED - utf16_length(source)
    # A character has one or two units.
    cuts = (shorten(title, limit) for limit in (room, room - 1, room // 2 - 1))
    return next(cut for cut in cuts if utf16_length(cut) <= room) + source, False
