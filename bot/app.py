"""The application: every handler in one list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any

from telegram import Update
from telegram.ext import (
    Application,
    ApplicationBuilder,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    InlineQueryHandler,
    MessageHandler,
    TypeHandler,
    filters,
)

from bot.background.jobs import FLEET_BROADCAST_TICK_S, BackgroundJobs, create_jobs
from bot.background.scheduler import TICK_S
from bot.commands import COMMANDS
from bot.config import FREE_PER_S
from bot.conversation.link_queue import LinkQueue
from bot.conversation.pasted_text import PastedTextJoiner
from bot.handlers import (
    admin,
    answer_buttons,
    chat_data,
    digest,
    digest_buttons,
    guest,
    membership,
    news,
    own_feeds,
    replies,
    start,
    story_edits,
    summarize,
    tastes,
    trends,
    warnings,
    watches,
)
from bot.handlers.context import BotContext, BotData, build_context_types, load_chat_settings
from bot.panel.changes import PANEL_PATTERN
from bot.runtime.metrics import TELEGRAM, Telemetry
from bot.services import Services
from bot.transport.polling import BoundedUpdateQueue, GetUpdatesRequest
from bot.transport.rate_limiter import Limits, LocalSendLimiter, RateLimiter, SendLimiter
from bot.transport.request import ApiRequest, http_client
from bot.transport.update_processor import MAX_UPDATES, UpdateProcessor
from bot.views import callbacks
from bot.views.alerts import WATCH_PATTERN
from bot.views.answers import ANSWER_PATTERN, SUMMARY_PATTERN
from bot.views.digest_buttons import DIGEST_PATTERN
from bot.views.follows import FOLLOW_PATTERN
from bot.views.own_feeds import OWN_FEEDS_PATTERN
from bot.views.story_edits import EDIT_PATTERN
from bot.views.tastes import TASTE_PATTERN
from bot.views.trends import TRENDS_PATTERN
from bot.views.warnings import WARNINGS_PATTERN

App = Application[Any, BotContext, Any, Any, BotData, Any]

# Handler groups, in the order in which python-telegram-bot runs them.
LOAD_SETTINGS, REFUSE, ANSWER_QUESTION = -3, -2, -1

# The bot does not reply in channels. An edited message has its reply edited. Cards of inline mode are not questions.
MESSAGES = filters.UpdateType.MESSAGES & ~filters.VIA_BOT
PRIVATE = MESSAGES & filters.ChatType.PRIVATE
ANSWERS = (
    filters.UpdateType.MESSAGE
    & ~filters.VIA_BOT
    & ~filters.COMMAND
    & ~filters.StatusUpdate.ALL
    & (filters.ChatType.PRIVATE | filters.REPLY)
)
COMMAND_HANDLERS = {
    "start": start.start,
    "ringkas": summarize.ringkas,
    "berita": news.berita,
    "cari": news.cari,
    "topik": news.topik,
    "tren": trends.tren,
    "pantau": watches.pantau,
    "ikuti": watches.ikuti,
    "peringatan": warnings.peringatan,
    "tersimpan": news.tersimpan,
    "langganan": digest.langganan,
    "sumbersaya": own_feeds.sumbersaya,
    "jadwal": digest.jadwal,
    "berhenti": digest.berhenti,
    "mengapa": chat_data.mengapa,
    "sumber": admin.sumber,
    "bahasa": chat_data.bahasa,
    "dataku": chat_data.dataku,
    "hapusdata": chat_data.hapusdata,
    "bantuan": start.show_help,
    "status": admin.status,
    "siaran": admin.siaran,
    "blokir": admin.blokir,
}


def add_handlers(app: App, admin_ids: Collection[int]) -> None:
    """Register every handler. To anybody but the admins, their commands are unknown."""
    by_admins = PRIVATE & filters.User(admin_ids)
    app.add_handler(TypeHandler(Update, load_chat_settings), group=LOAD_SETTINGS)
    app.add_handler(TypeHandler(Update, replies.send_refusal_notice), group=REFUSE)
    app.add_handler(MessageHandler(ANSWERS, digest.answer_question), group=ANSWER_QUESTION)
    app.add_handlers(
        [
            CommandHandler(command.names, COMMAND_HANDLERS[command.name], by_admins if command.is_admin else MESSAGES)
            for command in COMMANDS
        ]
    )
    app.add_handlers(
        [
            # CommandHandler ignores a command in a caption.
            MessageHandler(
                MESSAGES & filters.CaptionRegex(r"^/(?:ringkas|summari[sz]e)(@\w+)?(\s|$)"), summarize.ringkas
            ),
            CallbackQueryHandler(news.turn_page, pattern=callbacks.LIST_PATTERN),
            CallbackQueryHandler(digest.panel_button, pattern=PANEL_PATTERN),
            CallbackQueryHandler(news.choose_topic, pattern=callbacks.TOPIC_PATTERN),
            CallbackQueryHandler(digest.use_schedule, pattern=digest.SCHEDULE_PATTERN),
            CallbackQueryHandler(trends.change_trends, pattern=TRENDS_PATTERN),
            CallbackQueryHandler(watches.change_watch, pattern=WATCH_PATTERN),
            CallbackQueryHandler(watches.change_follow, pattern=FOLLOW_PATTERN),
            CallbackQueryHandler(warnings.press_warning_button, pattern=WARNINGS_PATTERN),
            CallbackQueryHandler(own_feeds.press_feed_button, pattern=OWN_FEEDS_PATTERN),
            CallbackQueryHandler(news.change_saved, pattern=callbacks.SAVED_PATTERN),
            ChatMemberHandler(membership.handle_membership_change, ChatMemberHandler.MY_CHAT_MEMBER),
            MessageHandler(filters.UpdateType.MESSAGE & filters.StatusUpdate.MIGRATE, membership.handle_migration),
            CallbackQueryHandler(chat_data.forget_button, pattern=callbacks.FORGET_PATTERN),
            CallbackQueryHandler(admin.broadcast_button, pattern=callbacks.BROADCAST_PATTERN),
            CallbackQueryHandler(chat_data.language_button, pattern=callbacks.LANGUAGE_PATTERN),
            CallbackQueryHandler(start.press_start_button, pattern=callbacks.START_PATTERN),
            CallbackQueryHandler(summarize.read_on, pattern=callbacks.READ_ON_PATTERN),
            CallbackQueryHandler(answer_buttons.change_answer, pattern=ANSWER_PATTERN),
            CallbackQueryHandler(answer_buttons.send_summary, pattern=SUMMARY_PATTERN),
            CallbackQueryHandler(story_edits.edit_story, pattern=EDIT_PATTERN),
            CallbackQueryHandler(tastes.change_taste, pattern=TASTE_PATTERN),
            CallbackQueryHandler(digest_buttons.change_digest, pattern=DIGEST_PATTERN),
            CallbackQueryHandler(news.unknown_button),
            InlineQueryHandler(news.offer_stories),
            MessageHandler(filters.UpdateType.GUEST_MESSAGE, guest.answer_guest),
            MessageHandler(PRIVATE & filters.COMMAND, start.reject_command),
            MessageHandler(
                MESSAGES & filters.ChatType.GROUPS & filters.Regex(r"^/\w+@\w+"), start.reject_command_in_group
            ),
            MessageHandler(PRIVATE & ~filters.StatusUpdate.ALL, summarize.handle_bare_message),
        ]
    )
    app.add_error_handler(replies.report_unexpected_error)


@dataclass(frozen=True, slots=True)
class BuiltBot:
    """A bot's application with its handlers, its background jobs, the request class that polls for updates, and the
    links that wait."""

    app: App
    jobs: BackgroundJobs
    polls: GetUpdatesRequest
    links: LinkQueue


def build_application(
    services: Services,
    token: str,
    telemetry: Telemetry | None = None,
    limiter: SendLimiter | None = None,
    free_limiter: SendLimiter | None = None,
) -> BuiltBot:
    """Build the bot over its services; it is not running yet.

    `limiter` and, with paid broadcasts, `free_limiter` limit sending if other processes send for the bot too; without
    them the bot has its own limiters.
    """
    settings = services.settings
    telemetry = telemetry or Telemetry()
    if settings.allow_paid_broadcast and free_limiter is None:
        free_limiter = LocalSendLimiter(FREE_PER_S)
    pace = RateLimiter(
        Limits(settings.messages_per_second, settings.chat_messages_per_second, settings.group_messages_per_minute),
        limiter,
        free_limiter,
    )
    taken = BoundedUpdateQueue(MAX_UPDATES)
    polls, calls = http_client(settings, GetUpdatesRequest), http_client(settings, ApiRequest)
    polls.heard = calls.heard = partial(telemetry.heartbeats.beat, TELEGRAM)
    polls.wait_for_room = taken.wait_for_room
    data = BotData(services, PastedTextJoiner(), telemetry.metrics)
    app = (
        ApplicationBuilder()
        .context_types(build_context_types(data))
        .token(token)
        .base_url(settings.bot_base_url)
        .base_file_url(settings.file_base_url)
        .request(calls)
        .get_updates_request(polls)
        .update_queue(taken)
        .rate_limiter(pace)
        .concurrent_updates(UpdateProcessor(telemetry.metrics))
        .build()
    )
    add_handlers(app, settings.admin_ids)
    # The workers of a fleet, which share the limiter, run this job less often.
    broadcast_tick_s = TICK_S if limiter is None else FLEET_BROADCAST_TICK_S
    return BuiltBot(app, create_jobs(app.bot, services, pace, telemetry, broadcast_tick_s), polls, services.links)
