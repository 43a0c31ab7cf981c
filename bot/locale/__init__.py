"""Every word that a user sees: gettext catalogues, one folder a language, Indonesian first.

The code holds English messages as keys; `Words` looks up what stands for them. The .po files are read as they are, so
that nothing has to be compiled. A key that is missing in a catalogue shows as itself; a test keeps that from happening.
"""

from __future__ import annotations

import io
from functools import cache
from gettext import GNUTranslations
from html import escape
from importlib.resources import files

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

DEFAULT_LANGUAGE = "id"
DOMAIN = "ringkas"


class Words:
    """The interface in one language. Values are named in braces: "Page {number} of {count}"."""

    def __init__(self, language: str, translations: GNUTranslations) -> None:
        self.language = language
        self._translations = translations

    def text(self, message: str, /, **values: object) -> str:
        """The message as plain text."""
        return self._translations.gettext(message).format(**values)

    def html(self, message: str, /, **values: object) -> str:
        """The message as Telegram HTML: its own tags stand, every value is escaped."""
        return self._translations.gettext(message).format(**{k: escape(str(v)) for k, v in values.items()})

    def count(self, one: str, many: str, n: int, /, **values: object) -> str:
        """The message in the form that the number asks for, as plain text; `{n}` is the number."""
        return self._translations.ngettext(one, many, n).format(n=n, **values)


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
