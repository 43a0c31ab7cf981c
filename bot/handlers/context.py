"""What every handler is given beside its update."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from telegram.ext import ApplicationHandlerStop, CallbackContext

from bot.access.chat_admins import ForeignChat, present_in
from bot.locale import load_words
from bot.locale.chat_language import words_of
from summaries.errors import StoreError

if TYPE_CHECKING:
    from telegram import Update

    from bot.access.chat_admins import MemberAccess
    from bot.locale import Words
    from bot.parsing.pasted_text import TextJoiner
    from bot.runtime.metrics import Meter
    from bot.services import Services

log = logging.getLogger(__name__)

SERVICES = "services"
JOINER = "joiner"
UNASKED = "unasked"
POLLS = "polls"
METER = "meter"


class Context(CallbackContext[Any, dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """python-telegram-bot's context; `words` are those of the update's chat once `know_the_chat` saw it, and `zone` is
    the IANA zone that its digest follows, or else the usual one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words: Words = load_words()
        self.zone = "Asia/Jakarta"
        self.present: MemberAccess | None = None

    @property
    def here(self) -> MemberAccess:
        """The update's chat, as its members see it.

        Raises:
            ForeignChat: the update comes from no chat.
        """
        if self.present is None:
            raise ForeignChat("an update from no chat")
        return self.present


def services(context: Context) -> Services:
    """What `build_application` put there."""
    found: Services = context.bot_data[SERVICES]
    return found


def joiner(context: Context) -> TextJoiner:
    """What `build_application` put there."""
    found: TextJoiner = context.bot_data[JOINER]
    return found


def meter(context: Context) -> Meter:
    """What `build_application` put there."""
    found: Meter = context.bot_data[METER]
    return found


async def know_the_chat(update: Update, context: Context) -> None:
    """Before all other handlers: the words of the chat, or of the person's own chat where there is none (inline).

    In a channel nobody's app says a language. Updates of people who are shut out end here, and so do updates that claim
    somebody else's private chat. If the store fails, the handler that needs it says so, in the language of the person's
    app.
    """
    user, chat = update.effective_user, update.effective_chat
    ids = [known.id for known in (chat, user) if known is not None]
    code = user.language_code if user else None
    context.words = words_of(None, code)
    context.zone = services(context).settings.default_timezone
    context.present = present_in(update)
    if context.present is None and chat is not None:
        log.warning("an update claims a private chat that is not its sender's: it is dropped")
        raise ApplicationHandlerStop
    try:
        if not (await services(context).blocklist.all()).isdisjoint(ids):
            raise ApplicationHandlerStop
        if context.present is not None:
            context.words = await services(context).languages.words_for(context.present, code)
            subscription = await services(context).store.subscriptions.find(context.present)
            context.zone = subscription.zone if subscription else context.zone
    except StoreError as error:
        log.warning("what a chat chose can't be looked up: %s", error)
