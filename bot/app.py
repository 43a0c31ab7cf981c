"""The application: every handler in one readable list."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Any

from telegram import Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    ContextTypes,
    InlineQueryHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.background import jobs
from bot.background.scheduler import TICK_S, schedule, watch_ticks
from bot.background.senders import unasked
from bot.commands import ADMINS_COMMANDS
from bot.config import FREE_PER_S
from bot.handlers.admin import blokir, broadcast_button, siaran, status
from bot.handlers.answer_buttons import change_answer
from bot.handlers.chat_data import dataku, forget_button, hapusdata, mengapa
from bot.handlers.commands import COMMANDS
from bot.handlers.context import JOINER, METER, POLLS, SERVICES, UNASKED, Context, know_the_chat
from bot.handlers.digest import berhenti, jadwal, langganan
from bot.handlers.inline import offer_stories
from bot.handlers.language import bahasa, language_button
from bot.handlers.membership import membership_changed, migrated
from bot.handlers.news import berita, cari, choose_topic, topik, turn_page, unknown_button
from bot.handlers.panel_answers import answer_question
from bot.handlers.replies import give_notice, report_failure
from bot.handlers.saved import change_saved, tersimpan
from bot.handlers.settings_panel import panel_button
from bot.handlers.shared_schedule import SCHEDULE_PATTERN, use_schedule
from bot.handlers.sources import sumber
from bot.handlers.start import show_help, start, unknown_command, unknown_command_to_bot
from bot.handlers.summarize import bare_message, ringkas
from bot.handlers.trends import change_trends, tren
from bot.handlers.watches import change_watch, pantau
from bot.panel.buttons import PANEL_PATTERN
from bot.parsing.pasted_text import TextJoiner
from bot.runtime.metrics import TELEGRAM, Watch
from bot.transport.polling import PollRequest, TakenUpdates
from bot.transport.rate_limiter import Limits, Line, Pace
from bot.transport.request import ApiRequest, http_client
from bot.transport.update_processor import MAX_UPDATES, UpdateProcessor
from bot.views.alerts import WATCH_PATTERN
from bot.views.answers import ANSWER_PATTERN
from bot.views.callbacks import (
    BROADCAST_PATTERN,
    FORGET_PATTERN,
    LANGUAGE_PATTERN,
    LIST_PATTERN,
    SAVED_PATTERN,
    TOPIC_PATTERN,
)
from bot.views.trends import TRENDS_PATTERN

if TYPE_CHECKING:
    from bot.services import Services
    from bot.transport.rate_limiter import Turning

log = logging.getLogger(__name__)

App = Application[Any, Context, Any, Any, Any, Any]

BEFORE_ALL_OTHERS = -3
BEFORE_ANSWERS = -2
BEFORE_OTHERS = -1
ALLOWED_UPDATES = [
    Update.MESSAGE,
    Update.EDITED_MESSAGE,
    Update.CALLBACK_QUERY,
    Update.INLINE_QUERY,
    Update.MY_CHAT_MEMBER,
]

# Channels get no answers here. The answer to an edited message is edited. A card that was dropped is no question.
ASKED = filters.UpdateType.MESSAGES & ~filters.VIA_BOT
PRIVATE = ASKED & filters.ChatType.PRIVATE
ANSWERS = (
    filters.UpdateType.MESSAGE
    & ~filters.VIA_BOT
    & ~filters.COMMAND
    & ~filters.StatusUpdate.ALL
    & (filters.ChatType.PRIVATE | filters.REPLY)
)


def build_application(
    services: Services,
    token: str,
    watch: Watch | None = None,
    line: Turning | None = None,
    free_line: Turning | None = None,
) -> App:
    """The bot over its services, not yet running. `line`, and `free_line` where there are paid broadcasts, give turns
    to send where other processes send too."""
    settings = services.settings
    watch = watch or Watch()
    if settings.allow_paid_broadcast and free_line is None:
        free_line = Line(FREE_PER_S)
    pace = Pace(
        Limits(settings.messages_per_second, settings.chat_messages_per_second, settings.group_messages_per_minute),
        line,
        free_line,
    )
    taken = TakenUpdates(MAX_UPDATES)
    polls, calls = http_client(settings, PollRequest), http_client(settings, ApiRequest)
    polls.heard = calls.heard = partial(watch.pulse.beat, TELEGRAM)
    polls.wait_for_room = taken.wait_for_room
    app = (
        ApplicationBuilder()
        .context_types(ContextTypes(context=Context))
        .token(token)
        .base_url(settings.bot_base_url)
        .base_file_url(settings.file_base_url)
        .request(calls)
        .get_updates_request(polls)
        .update_queue(taken)
        .rate_limiter(pace)
        .concurrent_updates(UpdateProcessor(watch.meter))
        .build()
    )
    app.bot_data[SERVICES] = services
    app.bot_data[JOINER] = TextJoiner()
    # For anybody else these are commands that there are not.
    of_admins = PRIVATE & filters.User(settings.admin_ids)
    app.add_handler(TypeHandler(Update, know_the_chat), group=BEFORE_ALL_OTHERS)
    app.add_handler(TypeHandler(Update, give_notice), group=BEFORE_ANSWERS)
    app.add_handler(MessageHandler(ANSWERS, answer_question), group=BEFORE_OTHERS)
    app.add_handlers(
        [
            CommandHandler("start", start, ASKED),
            CommandHandler(["bantuan", "help"], show_help, ASKED),
            CommandHandler(["ringkas", "summarise", "summarize"], ringkas, ASKED),
            CommandHandler(["berita", "news"], berita, ASKED),
            CommandHandler(["cari", "search"], cari, ASKED),
            CommandHandler(["topik", "topics"], topik, ASKED),
            CommandHandler(["tren", "trends"], tren, ASKED),
            CommandHandler(["pantau", "watch"], pantau, ASKED),
            CommandHandler(["tersimpan", "saved"], tersimpan, ASKED),
            CommandHandler(["langganan", "digest", "subscribe"], langganan, ASKED),
            CommandHandler(["jadwal", "schedule"], jadwal, ASKED),
            CommandHandler(["berhenti", "stop"], berhenti, ASKED),
            CommandHandler(["bahasa", "language"], bahasa, ASKED),
            CommandHandler(["mengapa", "why"], mengapa, ASKED),
            CommandHandler(["dataku", "mydata"], dataku, ASKED),
            CommandHandler(["hapusdata", "deletedata"], hapusdata, ASKED),
            CommandHandler(["sumber", "sources"], sumber, ASKED),
            CommandHandler("status", status, of_admins),
            CommandHandler(["siaran", "broadcast"], siaran, of_admins),
            CommandHandler(["blokir", "block"], blokir, of_admins),
            # python-telegram-bot's CommandHandler does not see a command in a caption.
            MessageHandler(ASKED & filters.CaptionRegex(r"^/(?:ringkas|summari[sz]e)(@\w+)?(\s|$)"), ringkas),
            CallbackQueryHandler(turn_page, pattern=LIST_PATTERN),
            CallbackQueryHandler(panel_button, pattern=PANEL_PATTERN),
            CallbackQueryHandler(choose_topic, pattern=TOPIC_PATTERN),
            CallbackQueryHandler(use_schedule, pattern=SCHEDULE_PATTERN),
            CallbackQueryHandler(change_trends, pattern=TRENDS_PATTERN),
            CallbackQueryHandler(change_watch, pattern=WATCH_PATTERN),
            CallbackQueryHandler(change_saved, pattern=SAVED_PATTERN),
            ChatMemberHandler(membership_changed, ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(filters.StatusUpdate.MIGRATE, migrated),
            CallbackQueryHandler(forget_button, pattern=FORGET_PATTERN),
            CallbackQueryHandler(broadcast_button, pattern=BROADCAST_PATTERN),
            CallbackQueryHandler(language_button, pattern=LANGUAGE_PATTERN),
            CallbackQueryHandler(change_answer, pattern=ANSWER_PATTERN),
            CallbackQueryHandler(unknown_button),
            InlineQueryHandler(offer_stories),
            MessageHandler(PRIVATE & filters.COMMAND, unknown_command),
            MessageHandler(ASKED & filters.ChatType.GROUPS & filters.Regex(r"^/\w+@\w+"), unknown_command_to_bot),
            MessageHandler(PRIVATE & ~filters.StatusUpdate.ALL, bare_message),
        ]
    )
    app.bot_data[COMMANDS] = command_names(app)
    app.add_error_handler(report_failure)
    # Another process's clock, which is slower, ticks where the pace is shared.
    broadcast_tick_s = TICK_S if line is None else jobs.FLEET_BROADCAST_TICK_S
    sends = unasked(app.bot, lambda: known_name(app), services, pace, watch, broadcast_tick_s)
    app.bot_data[UNASKED] = sends
    app.bot_data[POLLS] = polls
    app.bot_data[METER] = watch.meter
    return app


def begin_ticking(app: App, watch: Watch) -> None:
    """Let the application's own clock drive its duties, as soon as it is started."""
    if app.job_queue is None:
        raise RuntimeError("python-telegram-bot is installed without its job-queue extra")
    watch_ticks(app.job_queue, watch.pulse.beat)
    schedule(app.job_queue, app.bot_data[UNASKED].duties)


def command_names(app: App) -> tuple[str, ...]:
    """The names of all commands that anybody may use, in the handlers' order."""
    found = (handler for group in app.handlers.values() for handler in group if isinstance(handler, CommandHandler))
    return tuple(
        dict.fromkeys(name for handler in found for name in sorted(handler.commands) if name not in ADMINS_COMMANDS)
    )


def known_name(app: App) -> str | None:
    """The bot's username, once it was initialized."""
    try:
        return str(app.bot.username)
    except RuntimeError:
        return None
