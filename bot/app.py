"""The application: every handler in one readable list."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from telegram import BotCommand, Update
from telegram.error import NetworkError
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    MessageHandler,
    TypeHandler,
    filters,
)
from telegram.request import HTTPXRequest

from bot.callbacks import LANGUAGE_PATTERN, LIST_PATTERN
from bot.context import DELIVERY, JOINER, POLLS, SERVICES, Context, know_the_chat
from bot.handlers.answering import report_failure
from bot.handlers.bahasa import bahasa, language_button
from bot.handlers.berita import berita, turn_page, unknown_button
from bot.handlers.langganan import berhenti, jadwal, langganan
from bot.handlers.panel import panel_button
from bot.handlers.questions import answer_question
from bot.handlers.ringkas import bare_message, ringkas
from bot.handlers.start import menu, show_help, start, unknown_command
from bot.joining import TextJoiner
from bot.locale import load_words
from bot.messenger import DigestMessenger, TelegramMessenger
from bot.notices import AdminNotices
from bot.pacing import Limits, Pace
from bot.panel.buttons import PANEL_PATTERN
from bot.polling import PollRequest
from bot.rights import RightsNotices
from bot.scheduler import schedule_jobs

if TYPE_CHECKING:
    from bot.config import Settings
    from bot.services import Services

log = logging.getLogger(__name__)

Client = TypeVar("Client", bound=HTTPXRequest)
App = Application[Any, Context, Any, Any, Any, Any]

UPDATES_AT_ONCE = 64
BEFORE_ALL_OTHERS = -2
BEFORE_OTHERS = -1
# More than there are senders of digests: an answer finds a free one.
CONNECTIONS = 256
ALLOWED_UPDATES = [Update.MESSAGE, Update.CALLBACK_QUERY]
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})

# Channels get no answers here; an edited message is not a new question.
ASKED = filters.UpdateType.MESSAGE
PRIVATE = ASKED & filters.ChatType.PRIVATE
ANSWERS = ASKED & ~filters.COMMAND & ~filters.StatusUpdate.ALL & (filters.ChatType.PRIVATE | filters.REPLY)


def build_application(services: Services, token: str) -> App:
    """The bot over its services, not yet running."""
    settings = services.settings
    pace = Pace(
        Limits(settings.messages_per_second, settings.chat_messages_per_second, settings.group_messages_per_minute)
    )
    polls = http_client(settings, PollRequest)
    app = (
        ApplicationBuilder()
        .context_types(ContextTypes(context=Context))
        .token(token)
        .base_url(settings.bot_base_url)
        .base_file_url(settings.file_base_url)
        .request(http_client(settings, HTTPXRequest))
        .get_updates_request(polls)
        .rate_limiter(pace)
        .concurrent_updates(UPDATES_AT_ONCE)
        .build()
    )
    app.bot_data[SERVICES] = services
    app.bot_data[JOINER] = TextJoiner()
    app.add_handler(TypeHandler(Update, know_the_chat), group=BEFORE_ALL_OTHERS)
    app.add_handler(MessageHandler(ANSWERS, answer_question), group=BEFORE_OTHERS)
    app.add_handlers(
        [
            CommandHandler("start", start, ASKED),
            CommandHandler(["bantuan", "help"], show_help, ASKED),
            CommandHandler("ringkas", ringkas, ASKED),
            CommandHandler("berita", berita, ASKED),
            CommandHandler("langganan", langganan, ASKED),
            CommandHandler("jadwal", jadwal, ASKED),
            CommandHandler("berhenti", berhenti, ASKED),
            CommandHandler(["bahasa", "language"], bahasa, ASKED),
            # python-telegram-bot's CommandHandler does not see a command in a caption.
            MessageHandler(ASKED & filters.CaptionRegex(r"^/ringkas(@\w+)?(\s|$)"), ringkas),
            CallbackQueryHandler(turn_page, pattern=LIST_PATTERN),
            CallbackQueryHandler(panel_button, pattern=PANEL_PATTERN),
            CallbackQueryHandler(language_button, pattern=LANGUAGE_PATTERN),
            CallbackQueryHandler(unknown_button),
            MessageHandler(PRIVATE & filters.COMMAND, unknown_command),
            MessageHandler(PRIVATE & ~filters.StatusUpdate.ALL, bare_message),
        ]
    )
    app.add_error_handler(report_failure)
    if app.job_queue is None:
        raise RuntimeError("python-telegram-bot is installed without its job-queue extra")
    messenger = TelegramMessenger(app.bot)
    delivery = services.delivery(
        DigestMessenger(app.bot, pace.bulk_turn), RightsNotices(messenger, services.languages, services.store.places)
    )
    app.bot_data[DELIVERY] = delivery
    app.bot_data[POLLS] = polls
    schedule_jobs(
        app.job_queue,
        delivery,
        services.refresh,
        AdminNotices(messenger, services.languages, settings.admin_ids),
        is_refreshing=settings.refresh_minutes > 0,
    )
    return app


def http_client(settings: Settings, kind: type[Client]) -> Client:
    """Telegram's client. A proxy from the environment is never asked for a server on this machine."""
    is_local = urlsplit(settings.telegram_api_url).hostname in LOOPBACK_HOSTS
    return kind(
        connection_pool_size=CONNECTIONS,
        connect_timeout=10,
        read_timeout=20,
        write_timeout=20,
        pool_timeout=30,
        httpx_kwargs={"trust_env": not is_local},
    )


async def set_menu(app: App) -> None:
    """Show the commands in Telegram's menu. A menu that can't be set now is no reason not to run."""
    commands = [BotCommand(name, description) for name, description in menu(load_words())]
    try:
        await app.bot.set_my_commands(commands)
    except NetworkError as error:
        log.warning("the command menu could not be set: %s", error)
