"""Errors as sentences for a reader: the problem and the remedy, never a traceback."""

from __future__ import annotations

from bot import errors as bot_errors
from bot.locale import Translations, message
from bot.telegram_text import unlink
from summaries import errors
from summaries.delivery.alerts import BadWatch
from summaries.errors import Fault, RefusalReason
from summaries.model import MAX_TASTES
from summaries.warnings.decisions import MAX_PLACES

_GONE_STATUSES = frozenset({404, 410})
# Statuses with which servers refuse bots; the reader can still paste the text.
_REFUSED_STATUSES = frozenset({401, 402, 403, 451})


# Errors that are explained by their type alone; the explanation of a type is also that of its subtypes.
SENTENCES: dict[type[errors.RingkasError], str] = {
    errors.AddressRefused: message("I can't open that link. Send a public http or https address, or paste the text."),
    errors.StoreError: message("I can't reach my notes just now. Please try again in a minute."),
    errors.ResourceLimitExceeded: message("That is too much for me to read. Send a shorter text or file."),
    BadWatch: message("Give me a few telling words, such as: /pantau gempa lombok"),
    bot_errors.FileRefused: message(
        "I can read .txt, .html and .pdf files only. Send one of those, or paste the text."
    ),
    bot_errors.FileNotDownloaded: message("I could not get that file. Send it again, or paste the text."),
    bot_errors.BadQuietHours: message("Write two times that differ, such as 22:00–06:00."),
    bot_errors.LastTime: message("One hour must stay. To stop the digest, use /berhenti."),
    bot_errors.UnknownPlace: message("I don't know that place. Send the name of a larger city nearby, or a location."),
    bot_errors.OutOfDate: message("This button is out of date. /langganan brings a new one."),
    bot_errors.AdminsOnly: message("Only the chat's administrators can change that."),
    bot_errors.ForeignChat: message(
        "I don't see that chat, or you are not its administrator. Add me to it first, and check the name."
    ),
    bot_errors.MayNotPost: message(
        "I can't post in that channel yet. Make me an administrator there, with the right to post."
    ),
    errors.ForeignFeed: message(
        "That feed lists other outlets' pages. Add those outlets' own feeds. If the pages are its own, name their"
        " sites: ringkas sources add … --host …"
    ),
    errors.WarningsFeed: message("Those are BMKG's warnings, not news. /peringatan sends them for your place."),
    errors.TransientFetchError: message(
        "The page can't be reached just now. Try again in a moment, or paste the text."
    ),
    errors.NetworkDown: message(
        "My own connection to the internet seems to be down. Try again in a moment, or paste the text."
    ),
    errors.FetchError: message("I can't read that page. Check the link, or paste the article's text."),
    errors.RingkasError: message("Something went wrong on my side. Please try again in a minute."),
}
REFUSALS = {
    RefusalReason.NOT_AN_ARTICLE: message(
        "I find no news article there. Open the article itself and send its link, or paste its text."
    ),
    RefusalReason.EMPTY: message("There is no text in it. Send a link or paste the article."),
    RefusalReason.TOO_SHORT: message(
        "That is short already: under 40 words there is nothing to cut. Send the whole article."
    ),
    RefusalReason.GALLERY: message("Those are pictures or a video, hardly any text: there is nothing to summarise."),
    RefusalReason.LIVE_REPORT: message("That is a live report or a schedule. Send an article about one event."),
    RefusalReason.RESULTS: message("That is a list or a table, not running text: a summary would only tear it apart."),
    RefusalReason.SCANNED: message(
        "That PDF consists of pictures, such as scanned pages, so I can't read its text. Send the text or a link."
    ),
    RefusalReason.PAYWALL: message(
        "The rest of that article is for subscribers. If you can read it, paste its text here."
    ),
}
REFUSALS[RefusalReason.LISTING] = REFUSALS[RefusalReason.RESULTS]


def explain(words: Translations, error: errors.RingkasError) -> str:
    """Return a sentence or two about the error, as plain text."""
    match error:
        case errors.NothingToSummarize(reason=RefusalReason.OTHER_LANGUAGE):
            return explain_language(words, error.detail)
        case errors.NothingToSummarize():
            return words.text(REFUSALS[error.reason])
        case errors.FetchError() if error.status in _REFUSED_STATUSES:
            return words.text("The site doesn't let me in. Copy the article's text and send it here.")
        case errors.FetchError() if error.status in _GONE_STATUSES:
            return words.text("There is no such page. Check the link again.")
        case bot_errors.FileTooLarge():
            return words.text("That file is too large. Send one of at most {n} MB, or paste the text.", n=error.most_mb)
        case _:
            return explain_setting(words, error) or words.text(
                next(SENTENCES[kind] for kind in type(error).__mro__ if kind in SENTENCES)
            )


def explain_setting(words: Translations, error: errors.RingkasError) -> str:
    """Return a sentence about a setting of the digest that was refused, as plain text; nothing for other errors."""
    match error:
        case bot_errors.BadTime() if not error.word:
            return words.text("At what time? For example: /jadwal 07:00 or /jadwal 06:30 18:00 WITA.")
        case bot_errors.BadTime():
            return words.text(
                "I don't understand “{word}”. Write the time as 07:00, with WIB, WITA or WIT if you like:"
                " /jadwal 07:00 WITA.",
                word=unlink(error.word[:40]),
            )
        case bot_errors.TooManyTimes():
            return words.text("That is too often. Choose at most {n} times a day.", n=bot_errors.MAX_TIMES)
        case bot_errors.UnknownRegion():
            return words.text(
                "I know no province, regency or city “{name}”. Check the spelling, or choose it from the list.",
                name=unlink(error.name[:40]),
            )
        case bot_errors.UnknownSeat():
            return words.text(
                "I know no regency or city “{name}”. Write it as in: /peringatan Kota Malang",
                name=unlink(error.name[:40]),
            )
        case bot_errors.TooManyPlaces():
            return words.text("Choose at most {n} places; drop one first.", n=MAX_PLACES)
        case bot_errors.TooManyRegions():
            return words.text("Choose at most {n} regions; drop one first.", n=bot_errors.MAX_REGIONS)
        case bot_errors.TooManyTastes():
            return words.text("There are {n} already; drop one in /langganan first.", n=MAX_TASTES)
        case bot_errors.BadWords():
            most = {"n": bot_errors.MAX_WORDS, "length": bot_errors.MAX_WORD_CHARS}
            return words.text("Send up to {n} words, separated by commas, each of at most {length} letters.", **most)
        case _:
            return ""


SOURCE_FAULTS = {
    Fault.STATUS: message("the site answers with the error {status}"),
    Fault.ROBOTS: message("the site's robots.txt forbids it"),
    Fault.TIMEOUT: message("the site takes too long to answer"),
    Fault.UNREACHABLE: message("the site can't be reached"),
    Fault.FOREIGN: message("it lists only pages of other outlets"),
    Fault.SILENT: message("it has had no news for a long time"),
    Fault.TOO_LARGE: message("it is too large to read"),
    Fault.ADDRESS: message("I may not open that address"),
    Fault.NO_FEED: message("there is no feed to read"),
    Fault.OTHER: message("it can't be read"),
}


def explain_source(words: Translations, fault: str | None) -> str:
    """Return the kind of a source's error (`errors.find_fault`) in the reader's language, as plain text."""
    kind, _, status = (fault or "").partition(" ")
    known = Fault(kind) if kind in set(Fault) else Fault.OTHER
    return words.text(SOURCE_FAULTS[known], status=status)


def explain_language(words: Translations, code: str) -> str:
    name = words.language_name(code)
    if name is None:
        return words.text("I summarise Indonesian and English only for now.")
    return words.text("That text is in {language}. I summarise Indonesian and English only for now.", language=name)
