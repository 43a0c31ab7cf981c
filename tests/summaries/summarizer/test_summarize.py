from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.errors import NothingToSummarize, RefusalReason
from summaries.model import LONG, MEDIUM, SHORT, Article, Length
from summaries.summarizer import MAX_CHARS, METHODS, summarize, summarize_each

PARAGRAPHS = """\
Pemerintah Kota Semarang membuka jalur sepeda sepanjang 12 kilometer di pusat kota pada Senin pagi. Jalur itu \
menghubungkan stasiun, pasar, dan tiga kampus negeri.
"Kami ingin warga bisa bersepeda dengan aman ke tempat kerja," kata Kepala Dinas Perhubungan Rina Dewi.
Pembangunan jalur sepeda menghabiskan anggaran Rp8 miliar dan selesai dua bulan lebih cepat dari rencana. Namun, \
sebagian pedagang mengeluh karena tempat parkir di depan toko mereka hilang.
Dinas Perhubungan berjanji menyediakan kantong parkir baru di dua lokasi sebelum akhir tahun. Warga yang melanggar \
jalur sepeda akan dikenai denda mulai bulan depan.
Komunitas pesepeda menyambut baik pembukaan jalur tersebut dan meminta pemerintah menambah rambu di persimpangan.\
""".splitlines()
ARTICLE = Article(title="Semarang Buka Jalur Sepeda 12 Kilometer", text="\n\n".join(PARAGRAPHS))


def test_several_lengths_at_once_give_the_same_summaries() -> None:
    lengths = (SHORT, MEDIUM, Length(sentences=1))
    assert summarize_each(ARTICLE, lengths) == tuple(summarize(ARTICLE, length) for length in lengths)
    with pytest.raises(NothingToSummarize):
        summarize_each(Article(title="Kosong", text=""), lengths)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("length", [SHORT, MEDIUM, LONG, Length(sentences=3)])
def test_sentences_are_spans_in_article_order(method: str, length: Length) -> None:
    found = summarize(ARTICLE, length, method=method)
    assert (found.method, found.length, found.language) == (method, length, "id")
    assert all(ARTICLE.text[s.start : s.end] == s.text for s in found.sentences)
    starts = [s.start for s in found.sentences]
    assert starts == sorted(set(starts))
    assert found.sentences


def test_default_length_is_a_few_sentences() -> None:
    found = summarize(ARTICLE)
    assert 2 <= len(found.sentences) <= 5
    assert 40 <= found.word_count <= 75
    assert found.sentences[0].start == 0


def test_length_in_sentences_is_followed() -> None:
    assert len(summarize(ARTICLE, Length(sentences=2)).sentences) == 2
    assert len(summarize(ARTICLE, Length(sentences=50)).sentences) == 8


def test_repeated_sentence_is_selected_once() -> None:
    text = "\n\n".join([PARAGRAPHS[0]] * 4)
    found = summarize(Article(title="", text=text), LONG)
    assert len({s.text for s in found.sentences}) == len(found.sentences)


ENGLISH = (
    "The city opened a new bicycle lane of twelve kilometres on Monday morning. It connects the station, the market "
    "and three universities. Shop owners complained that they lost the parking places in front of their stores. "
    "The mayor promised new parking lots before the end of the year and asked everyone to be patient."
)


def test_english_article_is_summarized() -> None:
    found = summarize(Article(title="City opens bicycle lane", text=ENGLISH), SHORT)
    assert found.language == "en"
    assert found.sentences[0].text.startswith("The city opened")


GERMAN = "Die Stadt hat am Montag einen neuen Radweg eröffnet, der den Bahnhof und den Markt der Stadt verbindet. "


@pytest.mark.parametrize(
    ("text", "reason", "detail"),
    [
        ("", RefusalReason.EMPTY, None),
        (" \n\n ", RefusalReason.EMPTY, None),
        ("Warga desa memperbaiki jembatan yang rusak karena banjir.", RefusalReason.TOO_SHORT, None),
        (GERMAN * 3, RefusalReason.OTHER_LANGUAGE, "de"),
        ("12 3-0 45 : " * 40, RefusalReason.NOT_AN_ARTICLE, None),
    ],
)
def test_refusal_has_reason_and_detail(text: str, reason: RefusalReason, detail: str | None) -> None:
    with pytest.raises(NothingToSummarize) as caught:
        summarize(Article(title="", text=text))
    assert caught.value.reason is reason
    assert detail is None or caught.value.detail == detail


def test_unknown_method_raises() -> None:
    with pytest.raises(ValueError, match="lexrank"):
        summarize(ARTICLE, method="acak")


@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from([*PARAGRAPHS, "\n\n", '"', "… ", "Ia ", "😀"]), max_size=12).map(" ".join)
)
def test_any_text_is_summarized_or_refused(text: str) -> None:
    try:
        found = summarize(Article(title="", text=text))
    except NothingToSummarize:
        return
    assert all(text[s.start : s.end] == s.text for s in found.sentences)


def test_default_method_imports_neither_sumy_nor_nltk() -> None:
    code = (
        "import sys; from summaries.model import Article; from summaries.summarizer import summarize;"
        f"summarize(Article(title='', text={PARAGRAPHS[0] + PARAGRAPHS[1] + PARAGRAPHS[2]!r}));"
        "sys.exit(any(name.split('.')[0] in ('sumy', 'nltk') for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_dangling_connective_is_cut() -> None:
    long = (
        "Namun, Pemerintah Kota Semarang membuka jalur sepeda sepanjang 12 kilometer di pusat kota pada Senin pagi "
        "untuk menghubungkan stasiun, pasar, dan tiga kampus negeri dengan anggaran delapan miliar rupiah."
    )
    text = "\n\n".join(
        ["Penumpang kereta mengeluh.", "Kata orang begitu saja.", long, "Mereka semua lalu pulang ke rumah."]
    )
    found = summarize(Article(title="Pemerintah Kota Semarang Membuka Jalur Sepeda", text=text), Length(words=28))
    assert [s.text[:10] for s in found.sentences if "Semarang" in s.text] == ["Pemerintah"]
    assert all(text[s.start : s.end] == s.text for s in found.sentences)


def test_overlong_article_is_truncated_at_a_paragraph() -> None:
    article = Article(title="", text="\n\n".join([ARTICLE.text] * 300))
    assert all(s.end <= MAX_CHARS for s in summarize(article).sentences)
    assert summarize(Article(title="", text="Warga desa itu yang akan dan " * 8_000)).sentences
