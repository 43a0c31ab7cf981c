"""The settings panel's screen transitions, headings and questions."""

from __future__ import annotations

from bot.errors import OutOfDate
from bot.locale import Translations, message
from bot.panel.buttons import Press, Question, Verb, View
from bot.views.schedules import render_word_filters
from summaries.digests.schedule import get_zone_name
from summaries.model import Subscription

# The screen after a press, by the letter of its verb; after any other it is the main one.
_VIEW_AFTER = {
    "t": View.TIMES,
    "d": View.DAYS,
    "z": View.ZONE,
    "k": View.TOPICS,
    "o": View.OUTLETS,
    "i": View.WORDS,
    "x": View.WORDS,
    "n": View.SIZE,
    "l": View.SIZE,
    "q": View.QUIET,
}
QUESTIONS = {
    Question.TIMES: message("At which hours? For example: <b>06:45 18:00</b>"),
    Question.ZONE: message("Which city? For example: <b>Makassar</b>. A location works too."),
    Question.INCLUDE: message(
        "Which words must a story contain? One of them is enough. For example: <b>Persib, harga beras</b>"
    ),
    Question.EXCLUDE: message("Stories with which words should I leave out? For example: <b>selebritas, gosip</b>"),
    Question.QUIET: message("Quiet from when to when? For example: <b>22:00-06:00</b>"),
    Question.CHANNEL: message(
        "Make me an administrator of your channel first, with the right to post. Then forward me one of its"
        " posts, or send its name, such as <b>@kanal</b>."
    ),
}
# Headings of the screens; the main one and that for words show the settings too.
HEADINGS = {
    View.TIMES: message(
        "<b>Hours</b>\nTap the hours at which the digest comes. For minutes, such as 06:45, tap “Type them”."
    ),
    View.DAYS: message("<b>Days</b>\nOn which days does the digest come?"),
    # The licence of the boundary data (ODbL) requires this attribution.
    View.ZONE: message(
        "<b>Time zone</b>\nNow: {zone}. You can also type a city, or send a location.\n\n"
        "<i>Boundaries: © OpenStreetMap contributors, ODbL</i>"
    ),
    View.TOPICS: message("<b>Topics</b>\nNone chosen means all."),
    View.OUTLETS: message("<b>Outlets</b>\nNone chosen means all."),
    View.SIZE: message("<b>Size</b>\nHow many stories at most, and how long the summaries?"),
    View.QUIET: message("<b>Quiet hours</b>\nA digest or an alert that is due in them comes when they are over."),
}


def choose_view(press: Press) -> tuple[View, int]:
    """Return the screen after the press, and its page.

    Raises:
        OutOfDate: there is no such screen.
    """
    name, _, page = press.value.partition("-")
    if press.verb is Verb.VIEW and name not in set(View):
        raise OutOfDate(press.value)
    view = View(name) if press.verb is Verb.VIEW else _VIEW_AFTER.get(press.verb[0], View.MAIN)
    return view, int(page) if view is View.OUTLETS and page.isdecimal() else 0


def read_question(press: Press) -> Question:
    """Return the question that the press asks.

    Raises:
        OutOfDate: the panel has no such question.
    """
    # /langganan asks for a channel, not the panel.
    if press.value not in set(Question) - {Question.CHANNEL}:
        raise OutOfDate(press.value)
    return Question(press.value)


def render_question(words: Translations, question: Question) -> str:
    """Render the question as Telegram HTML."""
    return words.html(QUESTIONS[question])


def render_view(words: Translations, view: View, subscription: Subscription) -> str:
    """Render the heading of a screen other than the main one, as Telegram HTML."""
    if view is View.WORDS:
        return render_word_filters(words, subscription)
    return words.html(HEADINGS[view], zone=get_zone_name(subscription.zone))
