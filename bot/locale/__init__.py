"""Translations of the user interface: gettext catalogues, one folder for each language. The default is Indonesian.

English messages in the code are the keys. Every catalogue has all keys, except the English one, which has only those
that differ in English. A command is a key too ("/berita"): messages show it under its name in the reader's language.
The .po files are read directly, so that nothing has to be compiled. A key that is missing from a catalogue is shown as
it is; a test prevents this.
"""

from __future__ import annotations

import io
import re
from functools import cache, lru_cache
from gettext import GNUTranslations
from importlib.resources import files

from babel.core import Locale, UnknownLocaleError, negotiate_locale
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from bot.telegram_text import Html, to_html

DEFAULT_LANGUAGE = "id"
# The language of the keys.
KEY_LANGUAGE = "en"
DOMAIN = "ringkas"
# RFC 5646, section 4.4.1: longer language tags need not be supported.
MAX_CODE_CHARS = 35
# A command in a message, but not a path or the end of an HTML tag.
COMMAND = re.compile(r"(?<![\w/<.])/[a-z]+\b")


class Translations:
    """The user interface in one language. Placeholders are named: "Page {number} of {count}".

    Numbers are formatted by the rules of the language, so a value that is no quantity must be a string.
    """

    def __init__(self, language: str, translations: GNUTranslations) -> None:
        self.language = language
        self._translations = translations
        # By the translation with the commands' Indonesian names; there are as many as messages.
        self._named: dict[str, str] = {}

    def text(self, message: str, /, **values: object) -> str:
        """Return the message as plain text."""
        return self._find(message).format(**{k: self._format(v) for k, v in values.items()})

    def html(self, message: str, /, **values: object) -> str:
        """Return the message as `Html` with its own tags. Values are escaped and unlinked unless they are `Html`."""
        return Html(self._find(message).format(**{k: to_html(self._format(v)) for k, v in values.items()}))

    def plural(self, one: str, many: str, n: int, /, **values: object) -> str:
        """Return the message in the plural form for the number `n`, as plain text."""
        formatted = {k: self._format(v) for k, v in values.items()}
        return self._name_commands(self._translations.ngettext(one, many, n)).format(n=self._format(n), **formatted)

    def language_name(self, code: str) -> str | None:
        """Return the name of the language with the BCP-47 tag `code`, such as "Prancis"; None if it has none here."""
        try:
            return Locale.parse(code.split("-", maxsplit=1)[0]).get_language_name(self.language)
        except (UnknownLocaleError, ValueError):
            return None

    def command(self, name: str) -> str:
        """Return the name of a command in this language, without the slash."""
        return self._translations.gettext(f"/{name}").removeprefix("/")

    def _find(self, message: str) -> str:
        return self._name_commands(self._translations.gettext(message))

    def _name_commands(self, text: str) -> str:
        named = self._named.get(text)
        if named is None:
            named = COMMAND.sub(lambda found: self._translations.gettext(found.group()), text)
            self._named[text] = named
        return named

    def _format(self, value: object) -> str:
        if isinstance(value, int | float):
            return format_number(value, self.language)
        return value if isinstance(value, str) else str(value)


@lru_cache(maxsize=2_000)
def format_number(value: float, language: str) -> str:
    return format_decimal(value, locale=language)


def message(text: str) -> str:
    """Mark a key for the catalogues and return it; the translation is looked up elsewhere."""
    return text


@cache
def languages() -> tuple[str, ...]:
    """Return the codes of all languages with a catalogue, Indonesian first, the others sorted."""
    folders = [folder.name for folder in files(__name__).iterdir() if folder.joinpath("LC_MESSAGES").is_dir()]
    return tuple(sorted(folders, key=lambda code: (code != DEFAULT_LANGUAGE, code)))


def choose_language(code: str | None) -> str:
    """Return the language nearest to the IETF tag `code` of a person's app ("en-GB"), by default Indonesian."""
    if code is None or len(code) > MAX_CODE_CHARS:
        return DEFAULT_LANGUAGE
    return negotiate_locale([code], languages(), sep="-") or DEFAULT_LANGUAGE


@cache
def load_translations(language: str = DEFAULT_LANGUAGE) -> Translations:
    """Load the catalogue of a language.

    Raises:
        FileNotFoundError: there is no such catalogue.
    """
    source = files(__name__).joinpath(language, "LC_MESSAGES", f"{DOMAIN}.po")
    catalog = read_po(io.BytesIO(source.read_bytes()), locale=language, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Translations(language, GNUTranslations(compiled))
