"""/start, /bantuan, and what is said to messages that nothing else answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.handlers.answering import answers, reply, services
from bot.panel.text import hours_text
from bot.subscribing import wake

if TYPE_CHECKING:
    from telegram import Message

    from bot.handlers.answering import Context
    from bot.locale import Words


def menu(words: Words) -> list[tuple[str, str]]:
    """The command menu: name and description, in the order in which Telegram shows it."""
    return [
        ("ringkas", words.text("Summarise a link, a text or a file")),
        ("berita", words.text("The latest news, by topic, outlet or word")),
        ("langganan", words.text("A digest in this chat every day")),
        ("jadwal", words.text("When the digest comes, e.g. 07:00 WITA")),
        ("berhenti", words.text("Stop the digest")),
        ("bahasa", words.text("Language: English, Indonesian")),
        ("bantuan", words.text("How it works")),
    ]


@answers
async def start(message: Message, context: Context) -> None:
    """A greeting. The digest of a chat that could not be written to comes again."""
    woken = await wake(services(context), message.chat_id)
    await reply(
        message,
        [
            context.words.html(
                "Hello! I am <b>Ringkas</b>. Send me a link or the text of a news article, and I answer with the few"
                " sentences that matter.\n\n"
                "/ringkas – summarise an article\n"
                "/berita – the latest news\n"
                "/langganan – a digest every day\n"
                "/bantuan – everything I can do"
            )
        ],
    )
    if woken is not None:
        times = hours_text(context.words, woken.times, woken.zone)
        said = context.words.text("Your digest comes again, at {times}. /langganan changes it.", times=times)
        await reply(message, [said], is_html=False)


@answers
async def show_help(message: Message, context: Context) -> None:
    await reply(
        message,
        [
            context.words.html(
                "<b>Summarise</b>\n"
                "/ringkas with a link or the text of an article behind it. Or reply /ringkas to a message, or send a"
                " .txt, .html or .pdf file.\n\n"
                "<b>Read the news</b>\n"
                "/berita – the latest\n"
                "/berita ekonomi – by topic\n"
                "/berita antara – by outlet\n"
                "/berita harga beras – by words\n\n"
                "<b>A digest every day</b>\n"
                "/langganan – start, or see when it comes\n"
                "/jadwal 06:30 18:00 WITA – choose the hours (WIB, WITA or WIT)\n"
                "/berhenti – stop\n\n"
                "/bahasa – speak English or Indonesian"
            )
        ],
    )


@answers
async def unknown_command(message: Message, context: Context) -> None:
    await reply(
        message, [context.words.text("I don't know that command. See /bantuan for what I can do.")], is_html=False
    )


@answers
async def unknown_message(message: Message, context: Context) -> None:
    await reply(
        message, [context.words.text("Send me a link or the text of a news article, or see /bantuan.")], is_html=False
    )


@answers
async def unreadable_photo(message: Message, context: Context) -> None:
    await reply(message, [context.words.text("I can't read pictures yet. Send a link or the text.")], is_html=False)
