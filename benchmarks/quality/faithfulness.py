"""Measure the faithfulness check of language models' answers.

Editors' summaries of IndoSum's development articles take the place of an honest model's answers, to be accepted. Then
one thing in each accepted summary is made false, to be refused.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from benchmarks.report import describe_machine, table
from summaries.llm.faithfulness import UnsupportedClaim, find_unsupported
from summaries.llm.names import Word, read_words
from summaries.model import MEDIUM, Article, Summary, SummarySentence

Case = tuple[str, Article, Summary]
Falsify = Callable[[str, Article, random.Random], str | None]

FIGURES = """\
{machine}
{articles} summaries that editors wrote of articles of IndoSum (CC BY-SA 4.0, arXiv:1810.05334) serve as answers of an
honest model. The check accepts {accepted} ({share:.0f}%). It refuses the others for {doubts}. Editors know more than
the article says and misspell names, so a model that copies names should fare better. Then each accepted summary gets
one error:

{rows}

A wrong number passes if the same number with the same unit occurs elsewhere in the article. The check cannot detect a
wrong verb between correct names, a correct number used for the wrong thing, or a missing "not". It guards against
inventions; it proves nothing.
"""


def describe_check(lines: Sequence[Mapping[str, Any]]) -> str:
    """Return the section with the figures for the articles and summaries of IndoSum in `lines`."""
    cases = list(map(case_from, lines))
    doubts = Counter(find_unsupported(*case) for case in cases)
    accepted = [case for case in cases if find_unsupported(*case) is None]
    rows = []
    for name, falsify in (
        ("a name swapped for one of another article", name_swapper(accepted)),
        ("two names of the article mixed", mix_names),
        ("a digit of a number changed", change_digit),
    ):
        false = list(falsify_all(accepted, falsify))
        rows.append((name, len(false), sum(find_unsupported(*case) is not None for case in false)))
    return FIGURES.format(
        machine=describe_machine(),
        articles=len(cases),
        accepted=len(accepted),
        share=100 * len(accepted) / len(cases),
        doubts=", ".join(f"their {doubt} ({doubts[doubt]})" for doubt in UnsupportedClaim if doubts[doubt]),
        rows=table(("error", "tried", "refused"), rows),
    )


def case_from(row: Mapping[str, Any]) -> Case:
    text = "\n\n".join(" ".join(sentences) for sentences in row["paragraphs"])
    answer = " ".join(row["summary"])
    summary = Summary((SummarySentence(answer, 0, len(answer)),), "editor", MEDIUM)
    return answer, Article(title=row["title"] or "", text=text), summary


def falsify_all(cases: list[Case], falsify: Falsify) -> Iterator[Case]:
    chance = random.Random(1)
    for answer, article, summary in cases:
        false = falsify(answer, article, chance)
        if false is not None and false != answer:
            yield false, article, summary


def find_names(text: str) -> list[Word]:
    return [word for word in read_words(text, "id") if word.has_capital and not word.is_opening]


def name_swapper(cases: list[Case]) -> Falsify:
    pool = [word.written for answer, _, _ in cases for word in find_names(answer) if word.written.istitle()]

    def falsify(answer: str, article: Article, chance: random.Random) -> str | None:
        known = {word.folded for word in read_words(f"{article.title}\n\n{article.text}", "id")}
        others = [name for name in pool if name.casefold() not in known]
        own = find_names(answer)
        return answer.replace(chance.choice(own).written, chance.choice(others), 1) if own else None

    return falsify


def mix_names(answer: str, article: Article, chance: random.Random) -> str | None:
    """Join the first word of one name with the last word of another."""
    found = read_words(answer, "id")
    names = [
        (a.written, b.written)
        for a, b in pairwise(found)
        if b.is_next and not a.is_opening and a.written.istitle() and b.written.istitle()
    ]
    if len(names) < 2:
        return None
    (first, last), (_, other) = chance.sample(names, 2)
    mixed = f"{first} {other}"
    if other in (first, last) or mixed in article.text:
        return None
    return answer.replace(f"{first} {last}", mixed, 1)


def change_digit(answer: str, _article: Article, chance: random.Random) -> str | None:
    places = [place for place, character in enumerate(answer) if character.isdecimal()]
    if not places:
        return None
    place = chance.choice(places)
    digit = chance.choice([digit for digit in "123456789" if digit != answer[place]])
    return answer[:place] + digit + answer[place + 1 :]
