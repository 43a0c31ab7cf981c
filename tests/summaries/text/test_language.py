from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from summaries.text.language import UNKNOWN, detect_language

TEXTS = {
    "id": "Warga desa bergotong royong memperbaiki jembatan yang rusak diterjang banjir pada akhir pekan lalu.",
    "en": "The villagers worked together to repair the bridge that was damaged by the flood last weekend.",
    "de": "Die Bewohner des Dorfes haben gemeinsam die Brücke repariert, die beim Hochwasser beschädigt wurde.",
    "ar": "عمل سكان القرية معا لإصلاح الجسر الذي تضرر بسبب الفيضانات في نهاية الأسبوع الماضي",
    "zh": "村民们齐心协力修复上周末被洪水损坏的桥梁，大家都很高兴。",
}
MALAY = "Penduduk kampung bergotong-royong membaiki jambatan yang rosak dilanda banjir pada hujung minggu lalu."


@pytest.mark.parametrize("language", TEXTS)
def test_known_languages_are_detected(language: str) -> None:
    assert detect_language(TEXTS[language]) == language


def test_malay_is_detected_as_indonesian() -> None:
    assert detect_language(MALAY) == "id"


@pytest.mark.parametrize("text", ["", "   ", "12:0 - 3", "😀😀"])
def test_text_without_words_has_no_language(text: str) -> None:
    assert detect_language(text) == UNKNOWN


@given(st.text(max_size=100))
def test_any_text_has_a_result(text: str) -> None:
    assert detect_language(text)
