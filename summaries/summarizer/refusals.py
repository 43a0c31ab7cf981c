"""What is not an article that can be summarised, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.text.language import UNKNOWN, detect

if TYPE_CHECKING:
    from summaries.model import Article

FEWEST_WORDS = 40
LANGUAGES = ("id", "en")


def admit(article: Article) -> str:
    """The article's language, when there is something to summarise in it.

    Raises:
        NothingToSummarize: with the reason; `detail` is the language's code where the language is the reason.
    """
    if not article.text.strip():
        raise NothingToSummarize(RefusalReason.EMPTY)
    language = detect(article.text)
    if len(article.text.split()) < FEWEST_WORDS and language in (*LANGUAGES, UNKNOWN):
        raise NothingToSummarize(RefusalReason.TOO_SHORT)
    if language == UNKNOWN:
        raise NothingToSummarize(RefusalReason.NOT_AN_ARTICLE)
    if language not in LANGUAGES:
        raise NothingToSummarize(RefusalReason.OTHER_LANGUAGE, language)
    return language
