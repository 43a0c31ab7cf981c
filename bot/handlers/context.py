"""The context that handlers receive with an update, and the handler that fills it in."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any, cast

from telegram import Update
from telegram.ext import ApplicationHandlerStop, CallbackContext, ContextTypes, ExtBot

from bot.access.chat_admins import MemberAccess, grant_member_access
from bot.conversation.chat_language import translations_for
from bot.conversation.pasted_text import PastedTextJoiner
from bot.errors import ForeignChat
from bot.locale import Translations, load_translations
from bot.runtime.metrics import Metrics
from bot.services import Services
from summaries.errors import StoreError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class BotData:
    """The objects that all handlers of a bot share."""

    services: Services
    joiner: PastedTextJoiner
    metrics: Metrics


class BotContext(CallbackContext[ExtBot[float], dict[Any, Any], dict[Any, Any], BotData]):
    """Context of an update. `load_chat_settings` sets `words`, `zone` (the IANA zone of the chat's digest, or else the
    default), `regions` (the codes of its regions) and `present` before any other handler runs."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words: Translations = load_translations()
        self.zone = "Asia/Jakarta"
        self.regions: tuple[str, ...] = ()
        self.present: MemberAccess | None = None

    @property
    def services(self) -> Services:
        return self.bot_data.services

    @property
    def here(self) -> MemberAccess:
        """Return the update's chat, as its members see it.

        Raises:
            ForeignChat: the update comes from no chat.
        """
        if self.present is None:
            raise ForeignChat("an update from no chat")
        return self.present


def build_context_types(data: BotData) -> ContextTypes[BotContext, dict[Any, Any], dict[Any, Any], BotData]:
    """Return the types of an application whose handlers share `data`."""
    # python-telegram-bot calls `bot_data` once, without arguments, for the value that its contexts show.
    return ContextTypes(context=BotContext, bot_data=cast("type[BotData]", lambda: data))


async def load_chat_settings(update: Update, context: BotContext) -> None:
    """Set the language and zone of the update's chat; for an inline query or a guest message, those of the person's
    private chat.

    Updates from blocked people or chats end here, as do updates that claim somebody else's private chat. If the
    database fails, the language is that of the person's app, and the handler that needs the database reports the error.
    """
    services = context.services
    user, chat = update.effective_user, update.effective_chat
    ids = [known.id for known in (chat, user) if known is not None]
    code = user.language_code if user else None
    context.words = translations_for(None, code)
    context.zone = services.settings.default_timezone
    context.present = grant_member_access(update)
    if context.present is None and chat is not None:
        log.warning("an update claims a private chat that is not its sender's: it is dropped")
        raise ApplicationHandlerStop
    try:
        if not (await services.blocklist.all()).isdisjoint(ids):
            raise ApplicationHandlerStop
        if context.present is not None:
            context.words = await services.languages.for_chat(context.present, code)
            subscription = await services.store.subscriptions.find(context.present)
            if subscription is not None:
                context.zone, context.regions = subscription.zone, subscription.preferences.regions
    except StoreError as error:
        log.warning("a chat's settings can't be loaded: %s", error)
