"""An article's answer in each of its forms: golden files, and what no text from outside may break."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.locale import Words
from bot.sandbox.entities import parse
from bot.telegram_text import MESSAGE_LIMIT, visible_text
from bot.views.answers import (
    AnswerView,
    Form,
    Keeping,
    answer_keyboard,
    answer_parts,
    decode_answer_view,
    full_parts,
    outlets_text,
    preview_of,
)
from bot.views.html import length
from summaries.model import MEDIUM, Article, Summary, SummarySentence, Telling
from summaries.text.characters import strip_hidden

Golden = Callable[[str, str], None]
JAKARTA = "Asia/Jakarta"
RELAXED = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)

TEXT = """\
Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram. Pedagang menyambutnya.

Kepala pasar menyebut stok bertambah sejak Sabtu. "Truk dari desa datang dua kali sehari," kata <Rahma>.

Cuaca cerah sepanjang pekan.

Warga berharap harga bertahan hingga akhir bulan & tidak naik lagi."""


def article(**fields: object) -> Article:
    plain: dict[str, object] = {
        "title": "Harga Beras <Turun> & Stok Naik",
        "text": TEXT,
        "url": "https://kabar.example/a?b=1&c=2",
        "outlet": "Kabar Desa",
        "published_at": datetime.fromisoformat("2019-05-15T10:05:00+07:00"),
        "place": "Jakarta",
    }
    return Article(**(plain | fields))  # type: ignore[arg-type]


def summary_of(text: str, *sentences: str) -> Summary:
    spans = tuple(SummarySentence(s, text.index(s), text.index(s) + len(s)) for s in sentences)
    return Summary(spans, "ringkas", MEDIUM)


SUMMARY = summary_of(
    TEXT,
    "Harga beras medium di Pasar Sukamakmur turun menjadi Rp11.800 per kilogram.",
    '"Truk dari desa datang dua kali sehari," kata <Rahma>.',
    "Warga berharap harga bertahan hingga akhir bulan & tidak naik lagi.",
)


@pytest.mark.parametrize(
    ("form", "name"), [(Form.TEXT, "text"), (Form.POINTS, "points"), (Form.IN_ARTICLE, "in-article")]
)
def test_each_form_of_an_answer(words: Words, golden: Golden, form: Form, name: str) -> None:
    (part,) = answer_parts(words, article(), SUMMARY, JAKARTA, form)
    golden(f"answer-{name}.html", part)


def test_a_language_model_s_words(words: Words, golden: Golden) -> None:
    written = "Harga beras <medium> turun & pedagang senang."
    (part,) = answer_parts(words, article(), SUMMARY, JAKARTA, rewritten=written)
    golden("answer-rewritten.html", part)
    assert written in visible_text(part)
    assert parse(part, "HTML").text.strip()
    # The other forms are made of the article's own sentences.
    for form in (Form.POINTS, Form.IN_ARTICLE):
        assert answer_parts(words, article(), SUMMARY, JAKARTA, form, rewritten=written) == answer_parts(
            words, article(), SUMMARY, JAKARTA, form
        )


def test_a_long_summary_opens_at_a_tap(words: Words, golden: Golden) -> None:
    long = "Pedagang di los pertama menurunkan harga beras sejak Senin pagi karena stok bertambah banyak. " * 9
    whole = article(text=long.strip())
    (part,) = answer_parts(words, whole, summary_of(whole.text, whole.text), JAKARTA)
    golden("answer-long.html", part)
    (part,) = full_parts(words, whole, JAKARTA)
    assert "<blockquote expandable>" in part


def test_other_outlets(words: Words, golden: Golden) -> None:
    named = [("Kabar Desa", "Harga Beras Turun"), ("Warta & Kota", "<b>Beras</b> Murah Lagi"), (None, "Beras")]
    tellings = [
        Telling(n, title, outlet, f"https://www.media{n}.example/a?b&c", None, None, datetime.now(UTC))
        for n, (outlet, title) in enumerate(named)
    ]
    golden("answer-outlets.html", outlets_text(words, article(), tellings, JAKARTA))
    many = [replace(tellings[0], outlet=f"Media {n}", title="Judul " * 99) for n in range(30)]
    assert visible_text(outlets_text(words, article(), many, JAKARTA)).endswith("… dan 10 lainnya")
    wide = [replace(telling, title="😀" * 120) for telling in many]
    text = outlets_text(words, article(), wide, JAKARTA)
    assert length(text) <= MESSAGE_LIMIT
    assert visible_text(text).endswith(f"… dan {30 - text.count('• ')} lainnya")


def test_only_an_articles_own_picture_is_previewed() -> None:
    shown = preview_of(article(image_url="https://kabar.example/a.jpg"))
    assert (shown.url, shown.prefer_small_media) == ("https://kabar.example/a?b=1&c=2", True)
    assert preview_of(article()).is_disabled
    assert preview_of(article(url="javascript:x", image_url="https://kabar.example/a.jpg")).is_disabled


sentences = st.text(st.characters(codec="utf-8", exclude_characters="\n\r\x00"), min_size=1, max_size=80).filter(
    lambda text: text.strip() == text
)


@RELAXED
@given(
    paragraphs=st.lists(st.lists(sentences, min_size=1, max_size=4), min_size=1, max_size=6),
    repeat=st.integers(1, 60),
    chosen=st.integers(0, 23),
    form=st.sampled_from(Form),
)
def test_any_article_is_shown_whole_and_in_telegrams_markup(
    words: Words, paragraphs: list[list[str]], repeat: int, chosen: int, form: Form
) -> None:
    text = "\n\n".join(" ".join(s * repeat for s in paragraph) for paragraph in paragraphs)
    flat = [(s * repeat) for paragraph in paragraphs for s in paragraph]
    picked = flat[chosen % len(flat)]
    shown = answer_parts(words, article(text=text, title=paragraphs[0][0]), summary_of(text, picked), JAKARTA, form)
    for part in shown:
        assert length(part) <= MESSAGE_LIMIT
        parsed = parse(part, "HTML")
        assert {entity.type for entity in parsed.entities} <= {"bold", "italic", "text_link", "expandable_blockquote"}
    assert squeezed(picked) in squeezed("".join(visible_text(part) for part in shown))


def squeezed(text: str) -> str:
    """What a reader sees of the text, without white space."""
    return "".join(strip_hidden(text).split())


@given(st.integers(0, 2**60 - 1), st.sampled_from(Form), st.sampled_from("sml"), st.sampled_from(Keeping))
def test_what_buttons_carry_can_be_read(answer_id: int, form: Form, size: str, keeping: Keeping) -> None:
    view = AnswerView(answer_id, form, size, keeping)
    assert len(view.encode().encode()) <= 64
    assert decode_answer_view(view.encode()) == view


@pytest.mark.parametrize(
    "data", ["", "a1:", "a1:1:t", "a1:1:xm", "a1:1:tx", "a1:G:tm", "a1:-1:tm", "a1:1:tmkk", "a1:1:tm\n"]
)
def test_forged_data_is_nothing(data: str) -> None:
    assert decode_answer_view(data) is None


@given(st.sampled_from(Form), st.sampled_from("sml"), st.integers(0, 40), st.booleans())
def test_every_button_leads_to_another_view(form: Form, size: str, others: int, is_saved: bool) -> None:
    from bot.locale import load_words

    view = AnswerView(7, form, size)
    keyboard = answer_keyboard(load_words("id"), view, others=others, is_saved=is_saved)
    data = [button.callback_data for row in keyboard.inline_keyboard for button in row]
    assert len(set(data)) == len(data)
    assert view.encode() not in data
    assert all(isinstance(item, str) and decode_answer_view(item) for item in data)
