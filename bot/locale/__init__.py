"""Every word that a user sees: gettext catalogues, one folder a language, Indonesian first.

The code holds English messages as keys; `Words` looks up what stands for them. A catalogue holds every key; the English
one only those that English says differently. The .po files are read as they are, so that nothing has to be compiled. A
key that is missing in a catalogue shows as itself; a test keeps that from happening.
"""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations
from importlib.resources import files

from babel.core import Locale, UnknownLocaleError, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.telegram_text import shown

DEFAULT_LANGUAGE = "id"
# The language that the keys are written in.
KEY_LANGUAGE = "en"
DOMAIN = "ringkas"
LONGEST_CODE = 35


class Words:
    """The interface in one language. Values are named in braces: "Page {number} of {count}".

    Numbers among the values are written as the language writes them: what is no quantity comes as text.
    """

    def __init__(self, language: str, translations: GNUTranslations) -> None:
        self.language = language
        self._translations = translations

    def text(self, message: str, /, **values: object) -> str:
        """The message as plain text."""
        return self._translations.gettext(message).format(**{k: self._shown(v) for k, v in values.items()})

    def html(self, message: str, /, **values: object) -> str:
        """The message as Telegram HTML: its own tags stay, every value is escaped, and none becomes a link."""
        return self._translations.gettext(message).format(**{k: shown(self._shown(v)) for k, v in values.items()})

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The message in the form that the number asks for, as plain text; `{n}` is the number."""
        shown = {k: self._shown(v) for k, v in values.items()}
        return self._translations.ngettext(one, many, n).format(n=self._shown(n), **shown)

    def language_name(self, code: str) -> str | None:
        """What this language calls the one with the BCP-47 tag `code`: "Prancis"; None where it has no name for it."""
        try:
            return Locale.parse(code.split("-", maxsplit=1)[0]).get_language_name(self.language)
        except (UnknownLocaleError, ValueError):
            return None

    def _shown(self, value: object) -> str:
        return format_decimal(value, locale=self.language) if isinstance(value, int | float) else str(value)


def message(text: str) -> str:
    """Mark a key that is looked up elsewhere; it stays as it is."""
    return text


@cache
def languages() -> tuple[str, ...]:
    """The codes of all languages that have a catalogue, Indonesian first, the others by code."""
    folders = [folder.name for folder in files(__name__).iterdir() if folder.joinpath("LC_MESSAGES").is_dir()]
    return tuple(sorted(folders, key=lambda code: (code != DEFAULT_LANGUAGE, code)))


def nearest_language(code: str | None) -> str:
    """The language to speak to somebody whose app says the IETF tag `code` ("en-GB"); Indonesian where none fits."""
    if code is None or len(code) > LONGEST_CODE:
        return DEFAULT_LANGUAGE
    return negotiate_locale([code], languages(), sep="-") or DEFAULT_LANGUAGE


@cache
def load_words(language: str = DEFAULT_LANGUAGE) -> Words:
    """The catalogue of a language.

    Raises:
        FileNotFoundError: there is no such catalogue.
    """
    source = files(__name__).joinpath(language, "LC_MESSAGES", f"{DOMAIN}.po")
    catalog = read_po(io.BytesIO(source.read_bytes()), locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Words(language, GNUTranslations(compiled))
