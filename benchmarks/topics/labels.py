"""Articles with the topic of their outlet's section. None of them is part of the project.

The topic comes from the section in the article's address, or from IndoSum's category. Sections that mix topics (a
site's "news", CNN Indonesia's columns) give no label.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from summaries.text.cleaning import clean

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# CNN Indonesia numbers its sections in the middle of addresses ("…/20250702130846-12-1246038/…").
_CNN = {
    "nasional": {"12": "hukum", "20": "nasional", "32": "politik"},
    "politik": {"32": "politik"},
    "teknologi": {"185": "teknologi", "192": "teknologi", "206": "teknologi", "213": "teknologi", "384": "otomotif"},
    "gaya-hidup": {"255": "kesehatan", "262": "gaya-hidup", "269": "gaya-hidup", "277": "gaya-hidup"},
}
_CNN_ADDRESS = re.compile(r"/(?P<section>[a-z-]+)/\d{14}-(?P<number>\d+)-")
_SECTIONS = {
    "ekonomi": "ekonomi bisnis finance money uang saham makro",
    "internasional": "internasional dunia global",
    "olahraga": "olahraga bola sepakbola sport liga raket juara",
    "teknologi": "teknologi tekno inet digital",
    "hiburan": "hiburan showbiz entertainment hot celebrity",
    "gaya-hidup": "gaya-hidup gaya lifestyle gayahidup travel food",
    "kesehatan": "kesehatan health sehat",
    "otomotif": "otomotif oto",
    "politik": "politik pemilu",
    "hukum": "hukum kriminal",
    "daerah": "regional bandung medan surabaya yogyakarta denpasar makassar semarang jateng jatim jabar bali",
}
_BY_SECTION = {section: topic for topic, sections in _SECTIONS.items() for section in sections.split()}
_BY_DOMAIN = {
    "dailysocial.id": "teknologi",
    "goal.com": "olahraga",
    "juara.net": "olahraga",
    "bolasport.com": "olahraga",
}
_BY_CATEGORY = {"olahraga": "olahraga", "showbiz": "hiburan", "teknologi": "teknologi"}


@dataclass(frozen=True, slots=True)
class Example:
    """A labelled article; `outlet` is the domain, `text` is cleaned."""

    url: str
    title: str
    text: str
    outlet: str
    year: str
    topic: str


def read_examples(data: Path) -> list[Example]:
    """Return every labelled article in the data, each address once."""
    found: dict[str, Example] = {}
    for path in ("indosum/train.jsonl", "indosum/dev.jsonl", "articles/articles.jsonl", "stories/dev.jsonl"):
        for fields in _lines(data / path):
            topic = find_topic(fields["url"], fields.get("category"))
            if topic is not None:
                text = fields.get("text") or "\n\n".join(" ".join(lines) for lines in fields["paragraphs"])
                outlet = ".".join((urlsplit(fields["url"]).hostname or "").split(".")[-2:])
                example = Example(
                    fields["url"],
                    fields["title"] or "",
                    clean(text).text,
                    outlet,
                    str(fields.get("date") or "")[:4] or _year(fields["url"]),
                    topic,
                )
                found.setdefault(fields["url"], example)
    return list(found.values())


def find_topic(url: str, category: str | None) -> str | None:
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    if host.endswith("cnnindonesia.com"):
        if (found := _CNN_ADDRESS.match(parts.path)) is None:
            return None
        numbers = _CNN.get(found["section"])
        return numbers.get(found["number"]) if numbers else _BY_SECTION.get(found["section"])
    if topic := next((topic for domain, topic in _BY_DOMAIN.items() if host.endswith(domain)), None):
        return topic
    for word in (host.split(".")[0], *parts.path.split("/")[1:3]):
        if topic := _BY_SECTION.get(word.lower()):
            return topic
    return _BY_CATEGORY.get(category or "")


def _year(url: str) -> str:
    found = re.search(r"/(20[12]\d)", url)
    return found[1] if found else ""


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def describe_counts(examples: list[Example]) -> str:
    """Return a line such as "ekonomi 301, hukum 155"."""
    return ", ".join(f"{topic} {n}" for topic, n in Counter(example.topic for example in examples).most_common())
