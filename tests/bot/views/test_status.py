"""Views of sources, digest history, the bot's state and broadcasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest

from bot.locale import Translations, load_translations
from bot.telegram_text import MESSAGE_LIMIT, utf16_length, visible_text
from bot.views.status import (
    MAX_OUTLETS,
    MAX_REASONS,
    render_addition,
    render_broadcast,
    render_figures,
    render_history,
    render_outcome,
    render_reason,
    render_sources,
)
from summaries.fetch.feeds.feed_entries import FoundFeed
from summaries.ingest.sources import AddedSource, AddResult, FailedFeed
from summaries.model import (
    Broadcast,
    BroadcastState,
    ChatRef,
    DeliveredStory,
    DeliveryRecord,
    DigestOrder,
    Figures,
    Outcome,
    PollState,
    Preferences,
    Reason,
    Report,
    Source,
    StoredSource,
    Subscription,
    Taste,
    TasteKind,
)

DUE = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
JAKARTA = "Asia/Jakarta"
SENT = DeliveryRecord(DUE, JAKARTA, Outcome.SENT, None, DUE, None, 1, 1, 8, None)
SUBSCRIPTION = Subscription(ChatRef(7), (time(7),), JAKARTA)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, "terkirim, 8 berita"),
        ({"messages": 2}, "terkirim sebagian (1 dari 2 pesan), 8 berita"),
        ({"outcome": Outcome.SKIPPED, "reason": Reason.EMPTY}, "dilewati karena tidak ada berita baru"),
        ({"outcome": Outcome.SKIPPED, "reason": Reason.LATE}, "dilewati karena saya terlalu lama tidak aktif"),
        ({"outcome": Outcome.SKIPPED, "reason": Reason.STOPPED}, "dilewati karena dihentikan sebelum terkirim"),
        ({"outcome": Outcome.UNKNOWN, "sent": 0, "stories": 0}, "mungkin sudah tiba"),
        (
            {"outcome": Outcome.UNKNOWN, "messages": 2},
            "terkirim sebagian (1 dari 2 pesan), 8 berita; sisanya belum tentu sampai dan dikirim lagi",
        ),
        # A digest of a version that kept no reasons.
        ({"outcome": Outcome.SKIPPED}, "dilewati karena saya terlalu lama tidak aktif"),
        ({"outcome": Outcome.FAILED, "reason": Reason.GONE}, "tidak bisa menulis di sini"),
        ({"outcome": Outcome.FAILED, "reason": Reason.REFUSED}, "ditolak Telegram"),
        ({"outcome": Outcome.FAILED}, "ditolak Telegram"),
        ({"outcome": None, "waits_until": DUE + timedelta(hours=2)}, "menunggu sampai 24 Nov 2026, 09.00 WIB"),
        ({"outcome": None}, "sedang dikirim"),
    ],
)
def test_digest_outcomes_are_described(words: Translations, changes: dict[str, object], says: str) -> None:
    assert says in visible_text(render_outcome(words, replace(SENT, **changes)))  # type: ignore[arg-type]


def test_digest_history_is_rendered(words: Translations) -> None:
    assert render_history(words, SUBSCRIPTION, DUE + timedelta(days=1), [SENT]) == (
        "Kabar rutin dikirim setiap hari pukul <b>07.00 WIB</b>.\n"
        'Berikutnya: <tg-time unix="1795564800" format="Dt">25 Nov 2026, 07.00 WIB</tg-time>.\n\n'
        '<b><tg-time unix="1795478400" format="Dt">24 Nov 2026, 07.00 WIB</tg-time></b>: terkirim, 8 berita'
    )
    assert "Kabar rutin sedang dihentikan" in render_history(words, SUBSCRIPTION.stopped(), None, [])
    assert "Belum ada kabar rutin yang sampai jadwalnya" in render_history(words, None, None, [])


def make_report(article_id: int, outlet: str, hours: float, title: str = "Jembatan Wairana Ambruk") -> Report:
    return Report(article_id, title, outlet, "daerah", DUE - timedelta(hours=hours))


ALONE = "baru dari satu kelompok media, dan masih hangat"


@pytest.mark.parametrize(
    ("reports", "wishes", "says"),
    [
        (
            [make_report(1, "Antara", 9), make_report(2, "Tempo", 8), make_report(3, "Detik", 1)],
            Preferences(),
            "diliput 3 kelompok media, 2 di antaranya dalam tiga jam",
        ),
        ([make_report(1, "Antara", 9), make_report(2, "Tempo", 1)], Preferences(), "diliput 2 kelompok media"),
        # Outlets of one owner are one group.
        (
            [make_report(1, "Kompas.com", 2), make_report(2, "Tribunnews", 1)],
            Preferences(),
            "baru dari satu kelompok media, dan masih hangat",
        ),
        (
            [make_report(1, "Antara", 1, "Sinopsis Film Wairana")],
            Preferences(),
            "baru dari satu kelompok media, dan masih hangat; bacaan ringan untuk tempat yang tersisa",
        ),
        (
            [make_report(1, "Antara", 9)],
            Preferences(topics=("daerah",), order=DigestOrder.NEWEST),
            "termasuk yang terbaru di topiknya; topik pilihan Anda: Daerah",
        ),
        (
            [make_report(1, "Antara", 1)],
            Preferences(
                tastes=(
                    Taste(TasteKind.NAME, "Persib", is_more=True),
                    Taste(TasteKind.NAME, "Wairana", is_more=True),
                    Taste(TasteKind.OUTLET, "Antara", is_more=False),
                )
            ),
            # A taste for something else, one for more, and one for less.
            f"{ALONE}; Anda ingin lebih banyak Wairana; walau Anda ingin lebih sedikit Antara",
        ),
    ],
)
def test_reasons_of_a_story_are_rendered(
    words: Translations, reports: list[Report], wishes: Preferences, says: str
) -> None:
    assert render_reason(words, DeliveredStory(1, reports[0].title, DUE, tuple(reports)), wishes) == says


def test_history_ends_with_the_reasons_of_the_last_digest(words: Translations) -> None:
    story = DeliveredStory(1, "Jembatan <Wairana> Ambruk", DUE, (make_report(1, "Antara", 1),))
    shown = render_history(words, SUBSCRIPTION, DUE, [SENT], [story] * 30)
    assert "<b>Alasan memilih berita</b> dalam kabar terakhir\n1. Jembatan &lt;Wairana&gt; Ambruk: baru dari" in shown
    assert f"\n{MAX_REASONS}. " in shown
    assert f"\n{MAX_REASONS + 1}. " not in shown


FIGURES = Figures(
    private_chats=12345, groups=2, stopped=3, blocked=1, next_due_at=DUE, digests_open=0, digests_sent=9,
    digests_skipped=1, digests_failed=0, digests_unknown=1,
    articles=54321, articles_new=321, stories=40000, sources=90, sources_failing=4,
    sources_off=1, last_read_at=None, database_bytes=3 * 1024 * 1024 + 500_000,
)  # fmt: skip


def test_bot_figures_are_rendered(words: Translations) -> None:
    said = visible_text(render_figures(words, FIGURES, JAKARTA, DUE))
    assert "Berjalan sejak 24 Nov 2026, 07.00 WIB" in said
    assert "12.345 obrolan pribadi, 2 grup dan kanal" in said
    assert "Terakhir dibaca: tidak ada" in said
    assert "3,5 MB" in said
    english = render_figures(load_translations("en"), FIGURES, JAKARTA, DUE)
    assert "12,345 private chats" in english
    assert "3.5 MB" in english


@pytest.mark.parametrize(
    ("state", "says"),
    [
        (BroadcastState.DRAFT, "Ini akan dikirim ke 1.000 obrolan"),
        (BroadcastState.SENDING, "Sedang dikirim: 8 dari 1.000 terkirim, 2 gagal."),
        (BroadcastState.DONE, "Selesai: 8 dari 1.000"),
        (BroadcastState.CANCELLED, "Dihentikan: 8 dari 1.000"),
    ],
)
def test_broadcast_is_rendered_by_state(words: Translations, state: BroadcastState, says: str) -> None:
    broadcast = Broadcast(1, "Halo", state, 99, 5, total=1000, sent=8, failed=2)
    assert says in render_broadcast(words, broadcast, 1000)
    in_doubt = render_broadcast(words, replace(broadcast, unknown=3), 1000)
    assert ("3 belum tentu sampai." in in_doubt) is (state is not BroadcastState.DRAFT)


def test_history_and_figures_match_the_golden_files(words: Translations, golden: Callable[[str, str], None]) -> None:
    changes: list[dict[str, object]] = [
        {"outcome": None, "waits_until": DUE + timedelta(hours=2), "sent": 0, "stories": 0},
        {},
        {"messages": 2},
        {"outcome": Outcome.SKIPPED, "reason": Reason.EMPTY},
        {"outcome": Outcome.SKIPPED, "reason": Reason.LATE},
        {"outcome": Outcome.FAILED, "reason": Reason.GONE},
        {"outcome": Outcome.FAILED, "reason": Reason.REFUSED},
        {"outcome": Outcome.UNKNOWN, "sent": 0, "stories": 0},
    ]
    records = [replace(SENT, due_at=DUE - timedelta(days=n), **change) for n, change in enumerate(changes)]  # type: ignore[arg-type]
    golden("history.html", render_history(words, SUBSCRIPTION, DUE + timedelta(days=1), records))
    golden("status.html", render_figures(words, FIGURES, JAKARTA, DUE))


NOW = datetime(2026, 11, 24, tzinfo=UTC)


def make_stored_source(key: str, outlet: str, **state: object) -> StoredSource:
    source = Source(key, outlet, "ekonomi", f"https://{key}.example/rss")
    return StoredSource(source, PollState(**state))  # type: ignore[arg-type]


SOURCES = (
    make_stored_source("desa-1", "Kabar <Desa>", last_success_at=NOW),
    make_stored_source(
        "desa-2",
        "Kabar <Desa>",
        failures_in_a_row=3,
        last_error="https://desa.example answered 500",
        last_fault="status 500",
    ),
    make_stored_source("kota", "Warta Kota", failures_in_a_row=9, last_error="unexpected: ValueError"),
    make_stored_source("lama", "Media Lama", is_active=False),
)


def test_readers_see_outlets_only(words: Translations) -> None:
    (part,) = render_sources(words, SOURCES, is_admin=False)
    assert part == (
        "<b>Sumber berita</b>\n"
        "3 kanal berita (RSS) dari 1 media. 2 di antaranya sedang tidak terbaca.\n"
        "<blockquote expandable>Kabar &lt;Desa&gt;</blockquote>\n"
        "Sedang tidak terbaca: Media Lama, Warta Kota"
    )


def test_admins_see_failing_sources(words: Translations) -> None:
    lines = render_sources(words, SOURCES, is_admin=True)[0].splitlines()
    assert lines[-4:-1] == [
        "• <code>desa-2</code> (3×) situsnya membalas dengan galat 500",
        "• <code>kota</code> (9×) tidak bisa dibaca",
        "• <code>lama</code> (nonaktif)",
    ]


def test_long_source_list_is_split_into_few_messages(words: Translations) -> None:
    many = [
        make_stored_source(f"media-{n}", f"Media {n} " * 20, failures_in_a_row=1, last_error="x") for n in range(200)
    ]
    many += [make_stored_source(f"baik-{n}", f"Baik {n} " * 20) for n in range(200)]
    parts = render_sources(words, many, is_admin=True)
    assert len(parts) == 2
    assert all(utf16_length(visible_text(part)) <= MESSAGE_LIMIT for part in parts)
    assert f"{200 - MAX_OUTLETS} lainnya" in "".join(parts)


def test_empty_source_list_is_rendered(words: Translations) -> None:
    assert "0 kanal berita (RSS) dari 0 media" in render_sources(words, (), is_admin=False)[0]


def test_addition_of_sources_is_described(words: Translations) -> None:
    added = AddedSource(make_stored_source("desa", "Kabar <Desa>"), is_new=True)
    assert render_addition(words, AddResult((added,))) == ["Ditambahkan: desa (Kabar &lt;Desa&gt;, Ekonomi)."]
    known = AddedSource(make_stored_source("desa", "Kabar Desa"), is_new=False)
    assert render_addition(words, AddResult((known,))) == ["Sudah ada dan aktif: desa."]
    several = AddResult(choices=(FoundFeed("https://a.example/rss?a&b", "A"),))
    assert render_addition(words, several)[0].splitlines()[1] == "• <code>https://a.example/rss?a&amp;b</code>"
    failed = AddResult(failures=(FailedFeed("https://a.example/", "https://a.example/ answered 410", "status 410"),))
    assert render_addition(words, failed) == ["<code>https://a.example/</code>: situsnya membalas dengan galat 410"]


def test_admin_source_list_matches_the_golden_file(words: Translations, golden: Callable[[str, str], None]) -> None:
    (part,) = render_sources(words, SOURCES, is_admin=True)
    golden("sources.html", part)
