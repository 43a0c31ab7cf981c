"""Other extractive summarisers, each as a function from an article to about so many words of it.

All get the same clean text. Those of sumy get our tokenizer, as `ringkas summarize --method` gives it to them; the
others work with what they bring, and take our sentences where they take sentences.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from summaries.model import Length
from summaries.summarizer import METHODS, summarize
from summaries.summarizer.document import read_document
from summaries.summarizer.selection import take_top_ranked
from summaries.text.word_lists import load_stop_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from summaries.model import Article

WORDS = 60
OURS = "ringkas"
NAMES = (*METHODS, "lexrank (package)", "summa")

Summarise = Callable[["Article"], str]


def summariser(name: str, corpus: Sequence[Article]) -> Summarise:
    """The summariser of that name, ready; `corpus` is what those that need frequencies may count."""
    if name == "summa":
        return _summa()
    if name == "lexrank (package)":
        return _lexrank(corpus)
    length = Length(words=WORDS)
    return lambda article: "\n".join(s.text for s in summarize(article, length, method=name).sentences)


def _summa() -> Summarise:
    from summa.summarizer import summarize as textrank

    # It knows no Indonesian: its English stemmer and stop words leave Indonesian words alone.
    return lambda article: str(textrank(article.text, words=WORDS))


def _lexrank(corpus: Sequence[Article]) -> Summarise:
    from lexrank import LexRank

    ranker = LexRank([_sentences(article) for article in corpus], stopwords=load_stop_words("id"))

    def work(article: Article) -> str:
        document = read_document(article, "id")
        ranks = ranker.rank_sentences([s.text for s in document.sentences], threshold=None, fast_power_method=True)
        chosen = take_top_ranked(document.sentences, list(ranks), Length(words=WORDS))
        return "\n".join(s.text for s in chosen)

    return work


def _sentences(article: Article) -> list[str]:
    return [s.text for s in read_document(article, "id").sentences]
