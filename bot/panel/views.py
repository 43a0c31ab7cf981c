"""The settings panel's screen transitions, headings and questions."""

from __future__ import annotations

from bot.errors import OutOfDate
from bot.locale import Translations
from bot.panel.buttons import Press, Question, Verb, View
from bot.views.schedules import render_word_filters
from summaries.digests.schedule import get_zone_name
from summaries.model import Subscription

_VIEW_AFTER = {
    Verb.ADD_TIME: View.TIMES,
    Verb.DROP_TIME: View.TIMES,
    Verb.DAYS: View.DAYS,
    Verb.ZONE: View.ZONE,
    Verb.ADD_TOPIC: View.TOPICS,
    Verb.DROP_TOPIC: View.TOPICS,
    Verb.ALL_TOPICS: View.TOPICS,
    Verb.ADD_OUTLET: View.OUTLETS,
    Verb.DROP_OUTLET: View.OUTLETS,
    Verb.ALL_OUTLETS: View.OUTLETS,
    Verb.DROP_INCLUDED: View.WORDS,
    Verb.DROP_EXCLUDED: View.WORDS,
    Verb.COUNT: View.SIZE,
    Verb.LENGTH: View.SIZE,
    Verb.QUIET: View.QUIET,
    Verb.NO_QUIET: View.QUIET,
}


def choose_view(press: Press) -> tuple[View, int]:
    """Return the screen after the press, and its page.

    Raises:
        OutOfDate: there is no such screen.
    """
    name, _, page = press.value.partition("-")
    if press.verb is Verb.VIEW and name not in set(View):
        raise OutOfDate(press.value)
    view = View(name) if press.verb is Verb.VIEW else _VIEW_AFTER.get(press.verb, View.MAIN)
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
    match question:
        case Question.TIMES:
            return words.html("At which hours? For example: <b>06:45 18:00</b>")
        case Question.ZONE:
            return words.html("Which city? For example: <b>Makassar</b>. A location works too.")
        case Question.INCLUDE:
            return words.html(
                "Which words must a story contain? One of them is enough. For example: <b>Persib, harga beras</b>"
            )
        case Question.EXCLUDE:
            return words.html("Stories with which words should I leave out? For example: <b>selebritas, gosip</b>")
        case Question.QUIET:
            return words.html("Quiet from when to when? For example: <b>22:00-06:00</b>")
        case Question.CHANNEL:
            return words.html(
                "Make me an administrator of your channel first, with the right to post. Then forward me one of its"
                " posts, or send its name, such as <b>@kanal</b>."
            )


def render_view(words: Translations, view: View, subscription: Subscription) -> str:
    """Render the heading of a screen other than the main one, as Telegram HTML."""
    match view:
        case View.TIMES:
            return words.html(
                "<b>Hours</b>\nTap the hours at which the digest comes. For minutes, such as 06:45, tap “Type them”."
            )
        case View.DAYS:
            return words.html("<b>Days</b>\nOn which days does the digest come?")
        case View.ZONE:
            now = get_zone_name(subscription.zone)
            # The licence of the boundary data (ODbL) requires this attribution.
            return words.html(
                "<b>Time zone</b>\nNow: {zone}. You can also type a city, or send a location.\n\n"
                "<i>Boundaries: © OpenStreetMap contributors, ODbL</i>",
                zone=now,
            )
        case View.TOPICS:
            return words.html("<b>Topics</b>\nNone chosen means all.")
        case View.OUTLETS:
            return words.html("<b>Outlets</b>\nNone chosen means all.")
        case View.WORDS:
            return render_word_filters(words, subscription)
        case View.SIZE:
            return words.html("<b>Size</b>\nHow many stories at most, and how long the summaries?")
        case _:
            return words.html("<b>Quiet hours</b>\nA digest or an alert that is due in them comes when they are over.")
