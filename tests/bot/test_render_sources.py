"""What the bot reads, in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from bot.locale import Translations
from bot.telegram_text import MESSAGE_LIMIT, utf16_length, visible_text
from bot.views.status import MOST_OUTLETS, render_addition, render_sources
from summaries.fetch.html.discovery import FoundFeed
from summaries.ingest.sources import AddedSource, AddResult
from summaries.model import PollState, Source, StoredSource

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def stored(key: str, outlet: str, **state: object) -> StoredSource:
    source = Source(key, outlet, "ekonomi", f"https://{key}.example/rss")
    return StoredSource(source, PollState(**state))  # type: ignore[arg-type]


SOURCES = (
    stored("desa-1", "Kabar <Desa>", last_success_at=NOW),
    stored("desa-2", "Kabar <Desa>", failures_in_a_row=3, last_error="HTTP 500 <oops>"),
    stored("kota", "Warta Kota", failures_in_a_row=9, last_error="timed out"),
    stored("lama", "Media Lama", is_active=False),
)


def test_readers_see_the_outlets(words: Translations) -> None:
    (part,) = render_sources(words, SOURCES, is_admin=False)
    assert part == (
        "<b>Yang saya baca</b>\n"
        "3 umpan dari 1 media; 2 sedang tidak bisa dibaca.\n"
        "<blockquote expandable>Kabar &lt;Desa&gt;</blockquote>\n"
        "Sedang tidak dibaca: Media Lama, Warta Kota"
    )


def test_admins_see_what_fails(words: Translations) -> None:
    lines = render_sources(words, SOURCES, is_admin=True)[0].splitlines()
    assert lines[-4:-1] == [
        "• <code>desa-2</code> (3×) HTTP 500 &lt;oops&gt;",
        "• <code>kota</code> (9×) timed out",
        "• <code>lama</code> (nonaktif)",
    ]


def test_endless_sources_are_few_messages(words: Translations) -> None:
    many = [stored(f"media-{n}", f"Media {n} " * 20, failures_in_a_row=1, last_error="x" * 999) for n in range(200)]
    many += [stored(f"baik-{n}", f"Baik {n} " * 20) for n in range(200)]
    parts = render_sources(words, many, is_admin=True)
    assert len(parts) == 3
    assert all(utf16_length(visible_text(part)) <= MESSAGE_LIMIT for part in parts)
    assert f"{200 - MOST_OUTLETS} lainnya" in "".join(parts)


def test_nothing_is_read_yet(words: Translations) -> None:
    assert "0 umpan dari 0 media" in render_sources(words, (), is_admin=False)[0]


def test_what_became_of_an_addition(words: Translations) -> None:
    added = AddedSource(stored("desa", "Kabar <Desa>"), is_new=True)
    assert render_addition(words, AddResult((added,))) == ["Ditambahkan: desa (Kabar &lt;Desa&gt;, ekonomi)."]
    known = AddedSource(stored("desa", "Kabar Desa"), is_new=False)
    assert render_addition(words, AddResult((known,))) == ["Sudah ada dan aktif: desa."]
    several = AddResult(choices=(FoundFeed("https://a.example/rss?a&b", "A"),))
    assert render_addition(words, several)[0].splitlines()[1] == "• <code>https://a.example/rss?a&amp;b</code>"
    failed = AddResult(failures=(("https://a.example/", "<gone>"),))
    assert render_addition(words, failed) == ["<code>https://a.example/</code>: &lt;gone&gt;"]


def test_sources_as_an_admin_sees_them(words: Translations, golden: Callable[[str, str], None]) -> None:
    (part,) = render_sources(words, SOURCES, is_admin=True)
    golden("sources.html", part)
