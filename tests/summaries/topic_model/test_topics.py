from __future__ import annotations

import pytest

from summaries.topic_model.topics import TOPICS, find_topic


@pytest.mark.parametrize(
    ("word", "key"),
    [
        ("ekonomi", "ekonomi"),
        ("Bisnis", "ekonomi"),
        ("BOLA", "olahraga"),
        ("tekno", "teknologi"),
        ("dunia", "internasional"),
        ("Gaya Hidup", "gaya-hidup"),
        ("gaya_hidup", "gaya-hidup"),
        ("lifestyle", "gaya-hidup"),
        ("Hukum & Kriminal", "hukum"),
        ("#olahraga ", "olahraga"),
        ("terkini", "umum"),
        ("rumput laut", None),
        ("", None),
    ],
)
def test_topic_is_found_by_its_names(word: str, key: str | None) -> None:
    assert find_topic(word) == key


@pytest.mark.parametrize(("key", "label"), TOPICS.items())
def test_key_and_label_give_the_same_topic(key: str, label: str) -> None:
    assert find_topic(key) == key
    assert find_topic(label) == key
