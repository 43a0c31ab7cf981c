"""Pages of public Telegram channels, read as feeds."""

from __future__ import annotations

from datetime import datetime

import pytest

from summaries.errors import PermanentFetchError
from summaries.fetch.feeds.feed_entries import FeedEntry
from summaries.fetch.html.telegram_channels import find_channel_page, read_channel

URL = "https://t.me/s/kabarwarga"


def make_post(number: int, text: str, *, link: str | None = None) -> str:
    link = link or f"https://t.me/kabarwarga/{number}"
    return (
        f'<div class="tgme_widget_message_wrap js-widget_message_wrap">'
        f'<div class="tgme_widget_message text_not_supported_wrap js-widget_message" data-post="kabarwarga/{number}">'
        '<div class="tgme_widget_message_bubble"><a class="tgme_widget_message_reply" href="https://t.me/kabarwarga/1">'
        '<div class="tgme_widget_message_metatext js-message_reply_text">Kutipan</div></a>'
        f'<div class="tgme_widget_message_text js-message_text" dir="auto">{text}</div>'
        '<div class="tgme_widget_message_footer"><span class="tgme_widget_message_meta">'
        f'<a class="tgme_widget_message_date" href="{link}">'
        f'<time datetime="2026-11-2{number}T00:10:00+00:00" class="time">07:10</time></a></span></div></div>'
        "</div></div>"
    )


def make_channel(*posts: str) -> bytes:
    page = (
        "<html><head><title>Kabar Warga – Telegram</title></head><body><header>"
        '<div class="tgme_channel_info_header_title"><span dir="auto">Kabar Warga</span></div></header>'
        f'<section class="tgme_channel_history">{"".join(posts)}</section></body></html>'
    )
    return page.encode()


@pytest.mark.parametrize(
    ("address", "page"),
    [
        *((name, URL) for name in ("@KabarWarga", " @kabarwarga", "t.me/kabarwarga", "https://t.me/kabarwarga/", URL)),
        *((f"https://t.me/kabarwarga/{rest}", URL) for rest in ("123", "123?single")),
        ("http://telegram.me/s/kabarwarga", URL),
        *(
            (address, None)
            for address in (
                "https://t.me/+AbCdEf", "https://t.me/joinchat/AbCdEf", "https://t.me/c/123/4", "kabarwarga", "@abc",
                "https://t.me.kabar.example/kabarwarga", "https://kabar.example/t.me/kabarwarga", "https://t.me/",
            )
        ),
    ],
)  # fmt: skip
def test_channel_is_found_by_its_name_or_link(address: str, page: str | None) -> None:
    assert find_channel_page(address) == page


def test_posts_are_entries_newest_first_with_their_first_line_as_headline() -> None:
    long_line = "Air dimatikan pukul 9 sampai 12 untuk perbaikan pipa di tiga gang. " * 3
    body = make_channel(
        make_post(1, "<b>Ronda &amp; kerja bakti</b><br/><br/>Ronda dimulai pukul 22.<br/>Bawa senter."),
        make_post(2, long_line),
        make_post(3, ""),
        make_post(4, "Tanpa alamat", link="javascript:alert(1)"),
        make_post(5, "Kabar lain", link="/kabarwarga/5"),
    )
    feed = read_channel(body, url=URL)
    assert feed.title == "Kabar Warga"
    assert feed.entries == (
        FeedEntry("https://t.me/kabarwarga/5", "Kabar lain", datetime.fromisoformat("2026-11-25T00:10:00+00:00")),
        FeedEntry(
            "https://t.me/kabarwarga/2", "", datetime.fromisoformat("2026-11-22T00:10:00+00:00"), long_line.strip()
        ),
        FeedEntry(
            "https://t.me/kabarwarga/1",
            "Ronda & kerja bakti",
            datetime.fromisoformat("2026-11-21T00:10:00+00:00"),
            "Ronda dimulai pukul 22.\n\nBawa senter.",
        ),
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><body>Bukan kanal</body></html>", b"%PDF", b"<div" * 50_000, make_channel()],
    ids=["empty", "page", "pdf", "tags", "no-posts"],
)
def test_other_pages_are_refused(body: bytes) -> None:
    with pytest.raises(PermanentFetchError):
        read_channel(body, url=URL)


def test_a_page_of_many_posts_is_cut() -> None:
    body = make_channel(*(make_post(1 + n % 9, f"Kabar {n}") for n in range(300)))
    assert len(read_channel(body, url=URL).entries) == 100


def test_dates_in_the_future_are_left_out() -> None:
    body = make_channel(make_post(1, "Kabar lama"), make_post(9, "Kabar dari masa depan"))
    now = datetime.fromisoformat("2026-11-21T08:00:00+07:00")
    dates = [entry.published_at for entry in read_channel(body, url=URL, now=now).entries]
    assert dates == [None, datetime.fromisoformat("2026-11-21T00:10:00+00:00")]
