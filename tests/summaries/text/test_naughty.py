"""Text that breaks programs: nothing here crashes, loses offsets, or costs more than its length."""

from __future__ import annotations

from contextlib import suppress

import pytest

from summaries.errors import NothingToSummarize
from summaries.model import Article
from summaries.summarizer import summarize
from summaries.summarizer.admission import admit
from summaries.text.cleaning import clean
from summaries.text.language import detect_language
from summaries.text.sentences import find_sentences
from summaries.text.words import split_words, stem_all, stem_for_search

NAUGHTY = {
    "null": "\x00",
    "controls": "".join(map(chr, range(32))) + "\x7f",
    "c1 controls": "".join(map(chr, range(0x80, 0xA0))),
    "lone high surrogate": "\ud800",
    "lone low surrogate": "\udfff.",
    "swapped surrogates": "\udc00\ud800 ",
    "byte order mark": "\ufeff",
    "noncharacters": "\ufffe\uffff\U0010ffff",
    "replacement": "\ufffd\ufffd",
    "private use": "\ue000\U000f0000",
    "right to left override": "\u202eabc\u202c",
    "isolates": "\u2066abc\u2069",
    "zero width": "\u200b\u200c\u200d\u2060",
    "soft hyphens": "ba\u00adca\u00ad.",
    "line separators": "a\u2028b\u2029c\x85d\x0be\x0cf",
    "spaces of the world": "a\u00a0b\u1680c\u2003d\u202fe\u205ff\u3000g",
    "stacked marks": "Z" + "\u0300\u0323" * 60,
    "marks alone": "\u0301\u0302",
    "capital i with a dot": "İSTANBUL. İ",
    "sharp s": "GROẞ STRASSE ß",
    "grows when folded": "ﬃﬀŉ ǰ ΐ",
    "ligature phrase": "\ufdfd",
    "full width": "\uff21\uff22\uff23\uff0e \uff11\uff12",
    "mathematical letters": "\U0001d400\U0001d401\U0001d402. \U0001d7d8",
    "digits of the world": "٣٤٥ १२३ ๔๕ ①②⑳ ⅷ ½",
    "family": "👨‍👩‍👧‍👦🏳️‍🌈👍🏿",
    "flags": "🇮🇩🇲🇾🇸",
    "keycaps": "1️⃣#️⃣",
    "tags": "\U000e0001\U000e0041",
    "variation selectors": "a\ufe0f\ufe0e\U000e0100",
    "thai": "ข่าววันนี้",
    "chinese": "今天的新闻。明天再说！",
    "arabic": "هل هذا خبر؟ نعم.",
    "hangul fillers": "\u3164\u115f",
    "quotes of the world": "«a» „b“ ‚c‘ 「d」 『e』 ‹f› ＂g＂ ʺhʺ",
    "dots of the world": "a… b‥ c․ d。 e｡ f۔ g।",
    "dashes of the world": "a‐b‑c‒d–e—f―g−h⁓i",
    "entities": "&nbsp;&amp;nbsp;&#x0;&#0;&;&nbsp",
    "markup": "<script>alert(1)</script><!-- <![CDATA[ ]]> -->",
    "format strings": "%s %n {0} {} ${x} {{7*7}} %00",
    "regular expression": ".*(a+)+$ [^]] \\ (?P<x>",
    "sql": "'; DROP TABLE artikel; -- ",
    "ansi": "\x1b[31mmerah\x1b[0m",
    "number forms": "1e309 NaN -Infinity 0x1F 1_000 1.000.000,00 .5 5.",
    "unclosed": "“\"'([{«",
    "closing only": "”\"')]}»",
}
PROSE = (
    "Warga desa memperbaiki jembatan yang rusak karena banjir pada akhir pekan lalu bersama para relawan. "
    '"Kami senang," kata Rina. Bupati berterima kasih kepada semua warga yang membantu sejak pagi hari. '
    "Jembatan itu akan dibuka lagi pada hari Senin, setelah diperiksa oleh dinas pekerjaan umum kabupaten."
)


def embed(text: str) -> list[str]:
    """The text alone, in the middle, at both ends, inside every word, and as lines of its own."""
    return [
        text,
        text * 30,
        f"{PROSE} {text} {PROSE}",
        f"{text}{PROSE}{text}",
        PROSE.replace(" ", text),
        f"Jakarta - {text}\n{PROSE}\n{text}\n({text})",
        f"{PROSE} Baca juga: {text} {PROSE}",
    ]


@pytest.mark.parametrize("text", NAUGHTY.values(), ids=NAUGHTY)
def test_hostile_text_keeps_offsets_valid(text: str) -> None:
    for original in embed(text):
        found = clean(original)
        assert all(found.text[p.start : p.end] == original[p.source : p.source + p.end - p.start] for p in found.pieces)
        spans = find_sentences(found.text)
        assert "".join("".join(found.text[s.start : s.end] for s in spans).split()) == "".join(found.text.split())
        assert len(stem_all([word.lower() for word in split_words(found.text)])) == len(split_words(found.text))
        assert isinstance(stem_for_search(original), str)
        assert detect_language(original)
        try:
            summary = summarize(Article(title=text, text=found.text))
        except NothingToSummarize:
            continue
        assert all(found.text[s.start : s.end] == s.text for s in summary.sentences)


HOSTILE = {
    "letters": "a. b. c. ",
    "two words": "Warga pulang. ",
    "one word": "x",
    "quotes": '"',
    "brackets": "(",
    "opened": "(a ",
    "quoted stops": '"a. ',
    "lone quotes": ". ' ",
    "stops": ". ",
    "entities": "&nbsp;",
    "no spaces": "a.b.c.",
    "titles": "dr. H. ",
    "odd spaces": "dr.\u00a0H.\u00a0",
    "degrees": "Ph. D ",
    "links": "Baca juga: ",
    "bracketed links": "(baca juga a b c ",
    "comments": "<!-- ",
    "shown before": "Artikel ini telah tayang di a dengan judul b ",
    "updates": "Dapatkan update berita ",
    "stars": "* * * ",
    "credits": "(foto: ",
    "capitals": "ABC DEF ",
    "marks": "(abc/def)\n",
    "lines": "a\n",
    "breaks": "\n",
    "datelines": "TEMPO.CO, Jakarta ",
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE)
def test_hostile_text_costs_no_more_than_long_text(unit: str) -> None:
    text = (unit * (100_000 // len(unit) + 1))[:100_000]
    found = clean(text)
    assert len(found.text) <= 2 * len(text)  # a paragraph break is longer than a line break
    assert sum(span.end - span.start for span in find_sentences(text)) <= len(text)
    assert len(split_words(text)) <= len(text)
    with suppress(NothingToSummarize):
        assert admit(Article(title="", text=text)) in ("id", "en")
