"""Count the defects of summaries that need no reference summary: the news is missing, or a sentence is unfit.

The headline represents the news: its words are counted in the summary. Patterns find questions, headings,
announcements and speakers without introduction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import fmean

from benchmarks.report import table
from summaries.errors import NothingToSummarize
from summaries.model import MEDIUM, Article
from summaries.summarizer import summarize
from summaries.text.cleaning import clean
from summaries.text.datelines import load_places
from summaries.text.sentences import split_sentences
from summaries.text.words import load_stop_words, load_word_list

METHODS = ("lead", "ringkas")
MEASURES = {
    "headline": "words of the headline in the summary (mean share)",
    "low": "less than a third of them",
    "avoidable": "less than a third of them, though one sentence of the article has half",
    "question": "a question",
    "heading": "a heading or a list number",
    "pointer": "an announcement of something that does not follow",
    "name": "opens with a speaker whom no sentence before it names",
    "sound": "none of the last five",
}
DEFECTS = ("avoidable", "question", "heading", "pointer", "name")
INTRODUCTION = """\
Summaries of about 60 words, outlet unknown, in percent of the summaries. Patterns find the defects, so some hits are
harmless ("pada tahun berikutnya akan"), and some headlines are only in questions, headings and announcements.
"""
# A headline of fewer words is a label that no sentence can be expected to contain.
_MIN_TITLE_WORDS = 4
_SENTENCE_WORDS = range(6, 46)
_QUESTION = re.compile(r"^[^\"“].*\?[\"” ]*$", re.DOTALL)
_HEADING = re.compile(r"[^.!?…:;\"”’')\]]$|^\W*\d{1,2}\W*(?:\s\S+){0,6}$")
_POINTER = re.compile(
    r"\bberikut(?:\sini|nya)?\s(?:\w+\s){0,6}?(?:daftar|ulasan|penjelasan|rangkuman|informasi|cara|tips|jadwal|adalah|"
    r"rincian|deretan|fakta|sejumlah|beberapa)|\b(?:(?:di|me)rangkum|selengkapnya|simak|di bawah ini|yuk,|penasaran)",
    re.IGNORECASE,
)
_SPEAKER = re.compile(
    r"([A-Z][a-z]{3,})\s(?:juga\s|lalu\s|kemudian\s|pun\s|sendiri\s)?(?:meng(?:atakan|aku|ungkap(?:kan)?|klaim)|menyebut|"
    r"menuturkan|menjelaskan|menegaskan|menambahkan|menilai|menyampaikan|meminta|memastikan|memaparkan|menyatakan|"
    r"ber(?:harap|cerita))"
)


def measure(paths: Sequence[Path]) -> dict[str, dict[str, float]]:
    """Return for each method the measures in percent, for the articles in JSONL files with `title` and `text`."""
    found: dict[str, list[dict[str, float]]] = {method: [] for method in METHODS}
    for row in (json.loads(line) for path in paths for line in path.read_text("utf-8").splitlines()):
        article = Article(title=row["title"] or "", text=clean(row.get("text") or "").text)
        try:
            summaries = [summarize(article, MEDIUM, method=method) for method in METHODS]
        except NothingToSummarize:
            continue
        for rows, summary in zip(found.values(), summaries, strict=True):
            rows.append(find_defects(article, [sentence.text for sentence in summary.sentences]))
    return {
        method: {name: 100 * fmean(row[name] for row in rows) for name in MEASURES} for method, rows in found.items()
    }


def find_defects(article: Article, said: Sequence[str]) -> dict[str, float]:
    """Return the share of the headline in the sentences of a summary, and 0 or 1 for each of the other measures."""
    title = _split_content_words(article.title)
    share = _measure_share(title, " ".join(said))
    shares = (_measure_share(title, s) for s in split_sentences(article.text) if len(s.split()) in _SENTENCE_WORDS)
    is_low = share < 1 / 3
    found = {
        "headline": share,
        "low": is_low,
        "avoidable": is_low and len(title) >= _MIN_TITLE_WORDS and max(shares, default=0) >= 1 / 2,
        "question": any(map(_QUESTION.search, said)),
        "heading": any(map(_HEADING.search, said)),
        "pointer": any(map(_POINTER.search, said)),
        "name": any(_lacks_introduction(sentence, said[:i]) for i, sentence in enumerate(said)),
    }
    return {**found, "sound": not any(found[defect] for defect in DEFECTS)}


def _split_content_words(text: str) -> list[str]:
    small = load_word_list("word_kinds.txt", "small in headlines")
    return [word for word in re.findall(r"[a-z0-9]{3,}", text.lower()) if word not in small]


def _measure_share(title: Sequence[str], text: str) -> float:
    words = set(_split_content_words(text))
    return fmean(word in words for word in title) if title else 1.0


def _lacks_introduction(sentence: str, before: Sequence[str]) -> bool:
    found = _SPEAKER.match(sentence)
    if found is None:
        return False
    known = load_word_list("word_kinds.txt", "speakers") | load_places() | load_stop_words("id")
    return found[1].lower() not in known and not re.search(rf"\b{found[1]}\b", " ".join(before))


def render(corpora: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Return the introduction, and a table with a column for each corpus and method."""
    columns = {f"{name}: {method}": row for name, methods in corpora.items() for method, row in methods.items()}
    rows = ((text, *(f"{row[key]:.2f}" for row in columns.values())) for key, text in MEASURES.items())
    return f"{INTRODUCTION}\n{table(('', *columns), rows)}"
