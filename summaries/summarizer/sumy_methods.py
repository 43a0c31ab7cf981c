"""The classic summarisers of sumy over our sentences, words, stems and stop words.

This is the only module that imports sumy. It is imported on first use of one of these methods, because sumy imports
NLTK, which takes a second. No NLTK data is used or downloaded.
"""

from __future__ import annotations

import warnings
from importlib import import_module
from typing import Any

from sumy.models.dom import ObjectDocumentModel, Paragraph
from sumy.models.dom import Sentence as SumySentence
from sumy.summarizers._summarizer import AbstractSummarizer

from summaries.summarizer.document import Document, make_document
from summaries.summarizer.ranker import rank
from summaries.text.sentences import split_sentences
from summaries.text.words import load_stop_words, split_words, stem

_CLASSES = {
    "lexrank": ("lex_rank", "LexRankSummarizer"),
    "textrank": ("text_rank", "TextRankSummarizer"),
    "lsa": ("lsa", "LsaSummarizer"),
    "luhn": ("luhn", "LuhnSummarizer"),
    "kl": ("kl", "KLSummarizer"),
    "sumbasic": ("sum_basic", "SumBasicSummarizer"),
    "reduction": ("reduction", "ReductionSummarizer"),
}
SUMY_METHODS = tuple(_CLASSES)


class Tokenizer:
    """The tokeniser interface of sumy."""

    def __init__(self, language: str) -> None:
        self.language = language

    def to_sentences(self, paragraph: str) -> tuple[str, ...]:
        return tuple(split_sentences(paragraph, self.language))

    def to_words(self, sentence: str) -> tuple[str, ...]:
        return tuple(split_words(sentence.lower()))


class RingkasSummarizer(AbstractSummarizer):  # type: ignore[misc]  # sumy has no types
    """Our ranker as a sumy summariser: `RingkasSummarizer()(document, 3)`.

    Set `title` and `outlet` if they are known. Sentences are selected by rank only; `summarize` also optimises length
    and redundancy.
    """

    title = ""
    outlet: str | None = None

    def __init__(self, language: str = "id") -> None:
        super().__init__(lambda word: stem(word, language))
        self.language = language

    def __call__(self, document: Any, sentences_count: Any) -> tuple[Any, ...]:
        sentences = document.sentences
        read = make_document([str(sentence) for sentence in sentences], self.title, self.language, self.outlet)
        ratings = dict(zip(sentences, rank(read), strict=True))
        best: tuple[Any, ...] = self._get_best_sentences(sentences, sentences_count, ratings)
        return best


def rank_with_sumy(method: str, document: Document) -> list[float]:
    """Score every sentence, higher is better: the order in which sumy's `method` selects the sentences."""
    module, name = _CLASSES[method]
    language = document.language
    summarizer = getattr(import_module(f"sumy.summarizers.{module}"), name)(lambda word: stem(word, language))
    summarizer.stop_words = load_stop_words(language)
    tokenizer = Tokenizer(language)
    sentences = [SumySentence(s.text, tokenizer) for s in document.sentences]
    model = ObjectDocumentModel([Paragraph(sentences)])
    order: list[Any] = []

    def take_all(infos: list[Any]) -> list[Any]:
        order.extend(info.sentence for info in infos)
        return infos

    with warnings.catch_warnings():
        # LSA warns if a text has more sentences than words; readers need not know.
        warnings.simplefilter("ignore")
        summarizer(model, take_all)
    rank_of = {id(sentence): rank for rank, sentence in enumerate(order)}
    return [float(-rank_of.get(id(sentence), len(order))) for sentence in sentences]
