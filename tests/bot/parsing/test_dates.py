"""Which days a person means."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.parsing.dates import Period, find_period

TODAY = date(2026, 11, 24)  # a Tuesday


@pytest.mark.parametrize(
    ("text", "rest", "first", "last"),
    [
        ("banjir sejak kemarin", "banjir", "2026-11-23", None),
        ("banjir kemarin", "banjir", "2026-11-23", "2026-11-23"),
        ("hari ini", "", "2026-11-24", "2026-11-24"),
        ("pemilu Mei 2019", "pemilu", "2019-05-01", "2019-05-31"),
        ("Feb 2024 pemilu", "pemilu", "2024-02-01", "2024-02-29"),
        ("gempa 3-5 Mei", "gempa", "2026-05-03", "2026-05-05"),
        ("gempa 3 – 5 Mei 2019 Lombok", "gempa Lombok", "2019-05-03", "2019-05-05"),
        ("gempa 5 Mei", "gempa", "2026-05-05", "2026-05-05"),
        # Not yet come this year.
        ("gempa 5 Desember", "gempa", "2025-12-05", "2025-12-05"),
        ("banjir sejak Senin", "banjir", "2026-11-23", None),
        ("banjir sejak Selasa", "banjir", "2026-11-24", None),
        ("banjir sejak hari Rabu", "banjir", "2026-11-18", None),
        ("banjir sejak Mei", "banjir", "2026-05-01", None),
        ("banjir sejak 2019", "banjir", "2019-01-01", None),
        ("banjir sampai 5 Mei 2019", "banjir", None, "2019-05-05"),
        ("banjir dari 3 Mei sampai 7 Juni 2019", "banjir", "2026-05-03", "2019-06-07"),
        ("dari 3 Mei 2019 hingga 7 Juni 2019 banjir", "banjir", "2019-05-03", "2019-06-07"),
        ("banjir 17/8/2020", "banjir", "2020-08-17", "2020-08-17"),
        ("banjir 2020-08-17", "banjir", "2020-08-17", "2020-08-17"),
        ("banjir minggu ini", "banjir", "2026-11-23", "2026-11-24"),
        ("banjir pekan lalu", "banjir", "2026-11-16", "2026-11-22"),
        ("banjir bulan lalu", "banjir", "2026-10-01", "2026-10-31"),
        ("banjir 7 hari terakhir", "banjir", "2026-11-18", "2026-11-24"),
        ("banjir tahun 2019", "banjir", "2019-01-01", "2019-12-31"),
        ("banjir tahun lalu", "banjir", "2025-01-01", "2025-12-31"),
        ("floods since yesterday", "floods", "2026-11-23", None),
        ("floods last week", "floods", "2026-11-16", "2026-11-22"),
        ("floods May 2019", "floods", "2019-05-01", "2019-05-31"),
    ],
)
def test_period_is_found_and_removed_from_the_text(text: str, rest: str, first: str | None, last: str | None) -> None:
    days = [date.fromisoformat(day) if day else None for day in (first, last)]
    if all(days) and days[0] > days[1]:  # type: ignore[operator]
        days.reverse()
    assert find_period(text, TODAY) == (rest, Period(*days))


@pytest.mark.parametrize(
    "text",
    [
        "piala dunia 2022",
        "Mei",
        "hari Minggu",
        "31 Februari 2019",
        "Lukas 3:16",
        '"sejak kemarin"',
        "dari hati",
        "harga 12.000",
        "sampai jumpa",
        "17 Agustusan",
        "",
    ],
)
def test_text_without_a_day_is_unchanged(text: str) -> None:
    assert find_period(text, TODAY) == (text, None)


@given(st.text(max_size=60), st.dates())
def test_any_text_gives_a_period_or_the_text(text: str, today: date) -> None:
    rest, period = find_period(text, today)
    assert period is not None or rest == " ".join(text.split())
