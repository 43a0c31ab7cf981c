"""What every handler is given beside its update."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from telegram.ext import CallbackContext

from bot.locale import load_words

if TYPE_CHECKING:
    from telegram import Update

    from bot.joining import TextJoiner
    from bot.locale import Words
    from bot.services import Services

SERVICES = "services"
JOINER = "joiner"
DELIVERY = "delivery"
POLLS = "polls"


class Context(CallbackContext[Any, dict[Any, Any], dict[Any, Any], dict[Any, Any]]):
    """python-telegram-bot's context; `words` are those of the update's chat once `know_the_chat` saw it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words: Words = load_words()


def services(context: Context) -> Services:
    """What `build_application` put there."""
    found: Services = context.bot_data[SERVICES]
    return found


def joiner(context: Context) -> TextJoiner:
    """What `build_application` put there."""
    found: TextJoiner = context.bot_data[JOINER]
    return found


async def know_the_chat(update: Update, context: Context) -> None:
    """Before all other handlers: the words of the chat, or of the person's own chat where there is none (inline).

    In a channel nobody's app says a language.
    """
    user = update.effective_user
    chat_id = update.effective_chat.id if update.effective_chat else user.id if user else None
    if chat_id is not None:
        code = user.language_code if user else None
        context.words = await services(context).languages.words_for(chat_id, code)
