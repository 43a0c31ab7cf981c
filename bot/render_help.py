"""What the bot says of itself, as Telegram HTML (pure)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.locale import Words


def greeting_text(words: Words) -> str:
    return words.html(
        "Hello! I am <b>Ringkas</b>. Send me a link or the text of a news article, and I answer with the few"
        " sentences that matter.\n\n"
        "/ringkas – summarise an article\n"
        "/berita – the latest news\n"
        "/langganan – a digest every day\n"
        "/bantuan – everything I can do"
    )


def help_text(words: Words) -> str:
    return words.html(
        "<b>Summarise</b>\n"
        "/ringkas with links or the text of an article after it. Or reply /ringkas to a message, or send a"
        " .txt, .html or .pdf file.\n\n"
        "<b>Read the news</b>\n"
        "/berita – the latest\n"
        "/berita ekonomi – by topic\n"
        "/berita antara – by outlet\n"
        "/berita harga beras – by words\n"
        "/cari &quot;suku bunga&quot; sejak kemarin – look for phrases and days\n"
        "/tren – what people talk about today\n"
        "/pantau gempa lombok – an alert when a story with these words breaks\n"
        "/tersimpan – what you saved\n\n"
        "<b>A digest every day</b>\n"
        "/langganan – start it, with all its settings; /langganan @kanal for a channel\n"
        "/jadwal 06:30 18:00 WITA senin-jumat – its hours, zone and days in words\n"
        "/mengapa – why it came, or did not\n"
        "/berhenti – stop\n\n"
        "/bahasa – speak English or Indonesian\n"
        "/dataku, /hapusdata – see or delete what I keep"
    )
