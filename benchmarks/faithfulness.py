"""How well the check of a language model's words tells true from false, into docs/measurements/language-model.md.

Editors' summaries of IndoSum's development articles stand for an honest model's answers: each should be accepted. Then
one thing in each accepted one is made false, which should be refused.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from summaries.llm.faithfulness import UnsupportedClaim, find_unsupported
from summaries.llm.names import Word, read_words
from summaries.model import MEDIUM, Article, Summary, SummarySentence

DOCS = Path(__file__).parent.parent / "docs/measurements/language-model.md"
_DIGITS = re.compile(r"\d+(?:[.,]\d+)*")

Case = tuple[str, Article, Summary]
Falsify = Callable[[str, Article, random.Random], str | None]

PAGE = """\
# The check of a language model's answers

Written by `make quality` (`benchmarks/faithfulness.py`); do not edit by hand. [How to connect a language
model](../how-to/connect-a-language-model.md) describes the check.

The test uses {articles} summaries that editors wrote of articles of IndoSum (CC BY-SA 4.0, arXiv:1810.05334), as
answers of an honest model. The check accepts {accepted} ({share:.0f}%). It refuses the others for {doubts}. Editors
know more than the article says and misspell names, so a model that copies names should fare better. Then each accepted
summary gets one error:

| error | tried | refused |
|---|---|---|
{rows}

A wrong number passes if the same number with the same unit occurs elsewhere in the article. The check cannot detect a
wrong verb between correct names, a correct number used for the wrong thing, or a missing "not". It guards against
inventions; it proves nothing.
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the folder of IndoSum, with dev.jsonl")
    parser.add_argument("--articles", type=int, default=400)
    options = parser.parse_args()
    with (options.data / "dev.jsonl").open(encoding="utf-8") as lines:
        cases = [case_of(json.loads(line)) for line, _ in zip(lines, range(options.articles), strict=False)]
    doubts = Counter(find_unsupported(*case) for case in cases)
    accepted = [case for case in cases if find_unsupported(*case) is None]
    rows = [
        f"| {name} | {len(false)} | {sum(find_unsupported(*case) is not None for case in false)} |"
        for name, falsify in (
            ("a name swapped for one of another article", name_swapped(accepted)),
            ("two names of the article mixed", names_mixed),
            ("a digit of a number changed", digit_changed),
        )
        for false in [list(falsified(accepted, falsify))]
    ]
    named = ", ".join(f"their {doubt} ({doubts[doubt]})" for doubt in UnsupportedClaim if doubts[doubt])
    page = PAGE.format(
        articles=len(cases),
        accepted=len(accepted),
        share=100 * len(accepted) / len(cases),
        doubts=named,
        rows="\n".join(rows),
    )
    DOCS.write_text(page, encoding="utf-8")
    print("\n".join(rows))


def case_of(row: dict[str, Any]) -> Case:
    text = "\n\n".join(" ".join(sentences) for sentences in row["paragraphs"])
    told = row["summary"]
    answer = told if isinstance(told, str) else " ".join(told)
    summary = Summary((SummarySentence(answer, 0, len(answer)),), "editor", MEDIUM)
    return answer, Article(title=str(row["title"] or ""), text=text), summary


def falsified(cases: list[Case], falsify: Falsify) -> Iterator[Case]:
    chance = random.Random(1)
    for answer, article, summary in cases:
        false = falsify(answer, article, chance)
        if false is not None and false != answer:
            yield false, article, summary


def names_in(text: str) -> list[Word]:
    return [word for word in read_words(text, "id") if word.has_capital and not word.is_opening]


def name_swapped(cases: list[Case]) -> Falsify:
    pool = [word.written for answer, _, _ in cases for word in names_in(answer) if word.written.istitle()]

    def falsify(answer: str, article: Article, chance: random.Random) -> str | None:
        known = {word.folded for word in read_words(f"{article.title}\n\n{article.text}", "id")}
        others = [name for name in pool if name.casefold() not in known]
        own = names_in(answer)
        return answer.replace(chance.choice(own).written, chance.choice(others), 1) if own else None

    return falsify


def names_mixed(answer: str, article: Article, chance: random.Random) -> str | None:
    """The first word of one name with the last of another."""
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
    return (
        answer.replace(f"{first} {last}", mixed, 1)
        if other not in (first, last) and mixed not in article.text
        else None
    )


def digit_changed(answer: str, _article: Article, chance: random.Random) -> str | None:
    numbers = list(_DIGITS.finditer(answer))
    if not numbers:
        return None
    number = chance.choice(numbers)
    places = [place for place in range(number.start(), number.end()) if answer[place].isdigit()]
    place = chance.choice(places)
    digit = chance.choice([digit for digit in "123456789" if digit != answer[place]])
    return answer[:place] + digit + answer[place + 1 :]


if __name__ == "__main__":
    main()
