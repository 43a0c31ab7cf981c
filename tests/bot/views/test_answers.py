"""An article's answer in each of its forms: golden files, and properties that hold for any text from outside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import CopyTextButton, InlineKeyboardButton

from bot.locale import Translations, load_translations
from bot.parsing.queries import find_links
from bot.sandbox.entities import parse
from bot.telegram_text import MESSAGE_LIMIT, to_html, utf16_length, visible_text
from bot.views.answers import (
    AnswerFormat,
    AnswerView,
    SaveAction,
    build_answer_keyboard,
    build_copy_button,
    choose_preview,
    decode_answer_view,
    decode_summary,
    render_answer,
    render_debunking,
    render_full_article,
    render_unread_links,
)
from bot.views.html import measure
from bot.views.stories import build_story_keyboard
from summaries.model import MEDIUM, Article, FactCheck, Summary, SummarySentence, Verdict
from summaries.text.characters import strip_hidden

Golden = Callable[[str, str], None]
JAKARTA = "Asia/Jakarta"
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

TEXT = """\
Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram. Pedagang menyambutnya.

Kepala pasar menyebut stok bertambah sejak Sabtu. "Truk dari desa datang dua kali sehari," kata <Rahma>.

Cuaca cerah sepanjang pekan.

Warga berharap harga bertahan hingga akhir bulan & tidak naik lagi."""


def make_article(**fields: object) -> Article:
    plain: dict[str, object] = {
        "title": "Harga Beras <Turun> & Stok Naik",
        "text": TEXT,
        "url": "https://kabar.example/a?b=1&c=2",
        "outlet": "Kabar Desa",
        "published_at": datetime.fromisoformat("2019-05-15T10:05:00+07:00"),
        "place": "Jakarta",
    }
    return Article(**(plain | fields))  # type: ignore[arg-type]


def make_summary(text: str, *sentences: str) -> Summary:
    spans = tuple(SummarySentence(s, text.index(s), text.index(s) + len(s)) for s in sentences)
    return Summary(spans, "ringkas", MEDIUM)


SUMMARY = make_summary(
    TEXT,
    "Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram.",
    '"Truk dari desa datang dua kali sehari," kata <Rahma>.',
    "Warga berharap harga bertahan hingga akhir bulan & tidak naik lagi.",
)


@pytest.mark.parametrize(
    ("form", "name"),
    [(AnswerFormat.TEXT, "text"), (AnswerFormat.POINTS, "points"), (AnswerFormat.IN_ARTICLE, "in-article")],
)
def test_answer_matches_the_golden_file_in_each_format(
    words: Translations, golden: Golden, form: AnswerFormat, name: str
) -> None:
    (part,) = render_answer(words, make_article(), SUMMARY, JAKARTA, form)
    golden(f"answer-{name}.html", part)


CHECK = """\
Beredar unggahan tentang bantuan <perahu> untuk nelayan. Caranya klik daftar sekarang. \
Hasil penelusuran menunjukkan unggahan itu hoaks.

Kementerian tidak membuka pendaftaran."""
CHECK_SUMMARY = make_summary(
    CHECK,
    "Hasil penelusuran menunjukkan unggahan itu hoaks.",
    "Beredar unggahan tentang bantuan <perahu> untuk nelayan.",
)


def make_check() -> Article:
    checked = FactCheck(Verdict.FALSE, "Bantuan <perahu> & jala", CHECK_SUMMARY.sentences[0])
    return make_article(title="[HOAKS] Bantuan <perahu> & jala", text=CHECK, fact_check=checked)


@pytest.mark.parametrize("language", ["id", "en"])
def test_answer_with_a_fact_check_begins_with_the_verdict(golden: Golden, language: str) -> None:
    (part,) = render_answer(load_translations(language), make_check(), CHECK_SUMMARY, JAKARTA)
    golden(f"answer-fact-check-{language}.html", part)


@pytest.mark.parametrize("verdict", [Verdict.FALSE, Verdict.MISLEADING, Verdict.UNPROVEN])
def test_fact_check_of_a_repeated_claim(words: Translations, golden: Golden, verdict: Verdict) -> None:
    article = make_check()
    assert article.fact_check is not None
    sentence = article.fact_check.sentence if verdict is Verdict.FALSE else None
    checked = replace(article, fact_check=replace(article.fact_check, verdict=verdict, sentence=sentence))
    shown = render_debunking(words, checked, JAKARTA, answer_id=255)
    golden(f"debunking-{verdict}.html", shown.text)
    assert shown.keyboard is not None
    ((button,),) = shown.keyboard.inline_keyboard
    assert decode_summary(str(button.callback_data)) == 255


def test_fact_check_in_the_article_shows_only_the_chosen_sentences(words: Translations) -> None:
    (part,) = render_answer(words, make_check(), CHECK_SUMMARY, JAKARTA, AnswerFormat.IN_ARTICLE)
    assert all(to_html(sentence.text) in part for sentence in CHECK_SUMMARY.sentences)
    assert "Caranya" not in part


def test_fact_check_without_a_sentence_to_show_has_its_head(words: Translations) -> None:
    (part,) = render_answer(words, make_check(), replace(CHECK_SUMMARY, sentences=()), JAKARTA)
    head, _, tail = part.partition("\n\n")
    assert head.startswith("<b>Cek fakta · Salah</b>")
    assert tail.startswith("<a ")


def test_rewritten_answer_matches_the_golden_file(words: Translations, golden: Golden) -> None:
    written = "Harga beras <medium> turun & pedagang senang."
    (part,) = render_answer(words, make_article(), SUMMARY, JAKARTA, rewritten=written)
    golden("answer-rewritten.html", part)
    assert written in visible_text(part)
    assert parse(part, "HTML").text.strip()
    # The other forms are made of the article's own sentences.
    for form in (AnswerFormat.POINTS, AnswerFormat.IN_ARTICLE):
        assert render_answer(words, make_article(), SUMMARY, JAKARTA, form, rewritten=written) == render_answer(
            words, make_article(), SUMMARY, JAKARTA, form
        )


def test_long_summary_is_expandable(words: Translations, golden: Golden) -> None:
    long = "Pedagang di los pertama menurunkan harga beras sejak Senin pagi karena stok bertambah banyak. " * 9
    whole = make_article(text=long.strip())
    (part,) = render_answer(words, whole, make_summary(whole.text, whole.text), JAKARTA)
    golden("answer-long.html", part)
    (part,) = render_full_article(words, whole, JAKARTA)
    assert "<blockquote expandable>" in part


def test_short_fact_check_is_shown_without_the_hoax(words: Translations) -> None:
    (part,) = render_full_article(words, make_check(), JAKARTA)
    assert part.startswith("<b>Cek fakta · Salah</b>\n<i>Klaim: Bantuan &lt;perahu&gt; &amp; jala</i>")
    assert to_html(CHECK_SUMMARY.sentences[0].text) in part
    assert "Caranya klik daftar" not in part
    assert "Beredar unggahan" not in part
    (part,) = render_full_article(words, make_article(fact_check=FactCheck(Verdict.FALSE, "Bantuan perahu")), JAKARTA)
    assert make_article().text not in part


def test_only_own_pictures_are_previewed() -> None:
    shown = choose_preview(make_article(image_url="https://kabar.example/a.jpg"))
    assert (shown.url, shown.prefer_small_media) == ("https://kabar.example/a?b=1&c=2", True)
    assert choose_preview(make_article()).is_disabled
    assert choose_preview(make_article(url="javascript:x", image_url="https://kabar.example/a.jpg")).is_disabled


sentences = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\x00"), min_size=1, max_size=80).filter(
    lambda text: text.strip() == text
)


@RELAXED
@given(
    paragraphs=st.lists(st.lists(sentences, min_size=1, max_size=4), min_size=1, max_size=6),
    repeat=st.integers(1, 60),
    chosen=st.integers(0, 23),
    form=st.sampled_from(AnswerFormat),
)
def test_any_article_is_rendered_completely_and_validly(
    words: Translations, paragraphs: list[list[str]], repeat: int, chosen: int, form: AnswerFormat
) -> None:
    text = "\n\n".join(" ".join(s * repeat for s in paragraph) for paragraph in paragraphs)
    flat = [(s * repeat) for paragraph in paragraphs for s in paragraph]
    picked = flat[chosen % len(flat)]
    shown = render_answer(
        words, make_article(text=text, title=paragraphs[0][0]), make_summary(text, picked), JAKARTA, form
    )
    for part in shown:
        assert measure(part) <= MESSAGE_LIMIT
        parsed = parse(part, "HTML")
        assert {entity.type for entity in parsed.entities} <= {
            "bold", "italic", "text_link", "date_time", "expandable_blockquote",
        }  # fmt: skip
    assert squeeze(picked) in squeeze("".join(visible_text(part) for part in shown))


def squeeze(text: str) -> str:
    """Return the visible text without white space."""
    return "".join(strip_hidden(text).split())


@given(st.integers(0, 2**60 - 1), st.sampled_from(AnswerFormat), st.sampled_from("sml"), st.sampled_from(SaveAction))
def test_callback_data_round_trip(answer_id: int, form: AnswerFormat, size: str, keeping: SaveAction) -> None:
    view = AnswerView(answer_id, form, size, keeping)
    assert len(view.encode().encode()) <= 64
    assert decode_answer_view(view.encode()) == view


@pytest.mark.parametrize(
    "data", ["", "a1:", "a1:1:t", "a1:1:xm", "a1:1:tx", "a1:G:tm", "a1:-1:tm", "a1:1:tmkk", "a1:1:tm\n"]
)
def test_forged_data_is_refused(data: str) -> None:
    assert decode_answer_view(data) is None


COPY = InlineKeyboardButton("Salin", copy_text=CopyTextButton("Isi"))


@given(st.sampled_from(AnswerFormat), st.sampled_from("sml"), st.integers(0, 40), st.booleans())
def test_every_button_leads_to_another_view(form: AnswerFormat, size: str, outlets: int, is_saved: bool) -> None:
    view = AnswerView(7, form, size)
    words = load_translations("id")
    if form is AnswerFormat.STORY:
        keyboard = build_story_keyboard(words, view, is_saved=is_saved, copy=COPY)
    else:
        keyboard = build_answer_keyboard(words, view, outlets=outlets, is_saved=is_saved, copy=COPY)
    data = [button.callback_data for row in keyboard.inline_keyboard for button in row if button is not COPY]
    assert len(set(data)) == len(data)
    assert view.encode() not in data
    assert all(isinstance(item, str) and decode_answer_view(item) for item in data)


@given(st.lists(st.text("abcdefgh/-%", min_size=1, max_size=1500), max_size=30))
def test_button_under_unread_links_finds_the_same_links_in_messages_that_fit(paths: list[str]) -> None:
    links = list(dict.fromkeys(f"https://kabar.example/{path}" for path in paths))
    shown = render_unread_links(load_translations(), links)
    assert [link for message in shown for link in find_links(message.text)] == links
    assert all(measure(message.text) <= MESSAGE_LIMIT for message in shown)
    assert all(message.keyboard is not None for message in shown)


PAGE = "https://kabar.example/berita/1"


@pytest.mark.parametrize(
    ("changes", "sentences", "label", "copied"),
    [
        ({}, ["Harga turun.", "Stok  naik."], "Salin", f"Harga turun. Stok naik.\n{PAGE}"),
        ({}, ["a" * 220 + ".", "Sisanya."], "Salin intinya", f"{'a' * 220}.\n{PAGE}"),
        # The address leaves no room for the first sentence, or there is none.
        ({}, ["a" * 236 + ".", "Sisanya."], "Salin intinya", f"{'a' * 236}. (Kabar Desa)"),
        ({"url": PAGE + "a" * 300}, ["Harga turun."], "Salin", "Harga turun. (Kabar Desa)"),
        ({"url": None}, ["Harga turun."], "Salin", "Harga turun. (Kabar Desa)"),
        ({"url": None, "outlet": None}, ["Harga turun."], "Salin", "Harga turun."),
        # No sentence fits.
        ({}, ["a" * 300], "Salin intinya", f"Judul <Berita>\n{PAGE}"),
        ({"title": "Judul " * 50}, ["a" * 300], "Salin intinya", "Judul " * 36 + f"Judul…\n{PAGE}"),
        ({"title": "😀" * 150}, ["a" * 300], "Salin intinya", "😀" * 111 + f"…\n{PAGE}"),
        ({"title": "", "url": None, "outlet": None}, ["a" * 300], "Salin intinya", "a" * 255 + "…"),
        # A sentence may be the hoax.
        (
            {"fact_check": FactCheck(Verdict.FALSE, "Kopi menyembuhkan flu")}, ["Kopi menyembuhkan flu."],
            "Salin intinya", f"Cek fakta · Salah: Kopi menyembuhkan flu\n{PAGE}",
        ),
    ],
)  # fmt: skip
def test_copied_text_has_whole_sentences_and_the_source(
    words: Translations, changes: dict[str, object], sentences: list[str], label: str, copied: str
) -> None:
    article = make_article(**{"title": "Judul <Berita>", "text": " ".join(sentences), "url": PAGE} | changes)
    summary = Summary(tuple(SummarySentence(text, 0, len(text)) for text in sentences), "ringkas", MEDIUM)
    button = build_copy_button(words, article, summary)
    assert button.copy_text is not None
    assert (button.text, button.copy_text.text) == (label, copied)
    assert utf16_length(copied) <= 256
    assert build_copy_button(words, article, summary, is_other=True).text == "Salin intinya"
