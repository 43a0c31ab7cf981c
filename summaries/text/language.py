"""Detect the language of a text offline with CLD3, Google's compact language detector."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from summaries.text.words import load_stop_words, load_word_list, split_words

if TYPE_CHECKING:
    import gcld3

# Malay and regional languages that the detector reports for Indonesian text.
_KIN = frozenset({"ms", "jv", "su"})
_ENOUGH_CHARS = 800
# At least a third of running text is function words; another language shares few of them.
_FUNCTION_SHARE = {"id": 0.12, "en": 0.3}
# Frequent in all Indonesian text; Javanese, Sundanese and other neighbours use other words.
_OWN_WORDS = load_word_list("word_kinds.txt", "indonesian alone")
_ENGLISH_WORDS = frozenset(("and", "are", "for", "in", "is", "of", "that", "the", "to", "was", "with"))
_MIN_OWN_WORDS = 4
_MIN_FUNCTION_WORDS = 8
_OWN_SHARE = 0.08
UNKNOWN = "und"


def detect_language(text: str) -> str:
    """Return the BCP-47 code of the language of `text`: "id" (also for Malay), "en", another, or "und" for none.

    Only the first 800 characters are read.
    """
    head = text[:_ENOUGH_CHARS]
    if not any(map(str.isalpha, head)):
        return UNKNOWN
    if _is_plainly_indonesian(head.lower().split()):
        return "id"
    # The detector needs UTF-8 without NUL; a lone surrogate from broken JSON cannot be encoded.
    readable = head.replace("\x00", " ").encode("utf-8", "replace").decode("utf-8")
    found = _load_detector().FindLanguage(readable)
    code = str(found.language)
    if code in ("id", "ms"):
        return "id"
    if code == "en":
        return "en" if found.is_reliable or _measure_function_words(head, "id") < _FUNCTION_SHARE["id"] else "id"
    # Names and quotes in other languages mislead the detector; function words do not.
    for language in ("id", "en"):
        if (code in _KIN or not found.is_reliable or language == "id") and _measure_function_words(head, language) >= (
            _FUNCTION_SHARE[language]
        ):
            return language
    return code if found.is_reliable or found.probability > 0.5 else UNKNOWN


def _is_plainly_indonesian(pieces: list[str]) -> bool:
    """Return whether enough words are distinctly Indonesian that the detector is not needed.

    The detector costs as much as the whole summary, and its answer would be overruled (see `detect_language`).
    """
    own = list(filter(_OWN_WORDS.__contains__, pieces))
    foreign = 3 * sum(map(_ENGLISH_WORDS.__contains__, pieces))
    if len(own) >= _OWN_SHARE * len(pieces) and foreign <= len(own) and len(set(own)) >= _MIN_OWN_WORDS:
        return True
    function = sum(map(load_stop_words("id").__contains__, pieces))
    return function >= _MIN_FUNCTION_WORDS and function >= _FUNCTION_SHARE["id"] * len(pieces) and foreign <= function


def _measure_function_words(text: str, language: str) -> float:
    found = split_words(text.lower())
    return sum(word in load_stop_words(language) for word in found) / max(1, len(found))


@cache
def _load_detector() -> gcld3.NNetLanguageIdentifier:
    import gcld3

    return gcld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=4 * _ENOUGH_CHARS)
