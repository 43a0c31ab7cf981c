"""How handlers answer: what they work with, in which chat and thread, and what happens when something fails."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager, suppress
from functools import partial, wraps
from typing import TYPE_CHECKING, Any

from telegram import LinkPreviewOptions
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, NetworkError, TelegramError

from bot.context import Context, joiner, services
from bot.explain import explain
from bot.messenger import translate
from bot.split import visible_text
from summaries.errors import MaybeSent, NotSent, RingkasError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence

    from telegram import InlineKeyboardMarkup, Message, Update


__all__ = ["Context", "answers", "edit_pressed", "insist", "joiner", "reply", "report_failure", "services", "typing"]

log = logging.getLogger(__name__)

# Telegram shows an action for five seconds.
TYPING_EVERY_S = 4.5
RETRIES_UNSENT = 3
RETRIES_UNCERTAIN = 1
RETRY_AFTER_S = 0.5
NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


def answers(
    handler: Callable[[Message, Context], Awaitable[None]],
) -> Callable[[Update, Context], Coroutine[Any, Any, None]]:
    """Make a handler of a function that answers a message; an expected error is answered with its sentence."""

    @wraps(handler)
    async def on_update(update: Update, context: Context) -> None:
        message = update.effective_message
        if message is None:
            return
        try:
            await handler(message, context)
        except RingkasError as error:
            log.info("answered with a refusal: %s", type(error).__name__)
            await reply(message, [explain(context.words, error)], is_html=False)

    return on_update


async def reply(
    message: Message,
    parts: Sequence[str],
    *,
    keyboard: InlineKeyboardMarkup | None = None,
    is_html: bool = True,
) -> None:
    """Answer in the message's chat and thread, part by part; the keyboard goes under the last.

    A part whose markup Telegram refuses goes out as plain text.
    """
    for index, part in enumerate(parts):
        send = partial(
            message.reply_text,
            reply_markup=keyboard if index == len(parts) - 1 else None,
            link_preview_options=NO_PREVIEW,
        )
        try:
            await insist(partial(send, part, parse_mode=ParseMode.HTML if is_html else None))
        except BadRequest as error:
            if not is_html or "can't parse entities" not in error.message.casefold():
                raise
            log.warning("markup was refused, answering in plain text: %s", error.message)
            await insist(partial(send, visible_text(part)))


async def insist(call: Callable[[], Awaitable[object]]) -> None:
    """Make the call, and make it again when the network or Telegram failed: what never left several times, what may
    have arrived once.

    Raises:
        TelegramError: it failed for good, or too often.
    """
    attempts = 0
    while True:
        try:
            await call()
        except NetworkError as error:
            meaning = translate(error)
            most = RETRIES_UNSENT if isinstance(meaning, NotSent) else RETRIES_UNCERTAIN
            if not isinstance(meaning, NotSent | MaybeSent) or attempts >= most:
                raise
            log.warning("an answer failed and is sent again: %s", error)
            await asyncio.sleep(RETRY_AFTER_S * 2**attempts)
            attempts += 1
        else:
            return


async def edit_pressed(
    edit: Callable[..., Awaitable[object]], keyboard: InlineKeyboardMarkup | None, *, is_html: bool = True
) -> None:
    """Edit the message whose button was pressed; `edit` has the new text. That it says so already is no failure:
    two quick presses on one button ask for the same twice."""
    try:
        await insist(
            partial(
                edit,
                parse_mode=ParseMode.HTML if is_html else None,
                link_preview_options=NO_PREVIEW,
                reply_markup=keyboard,
            )
        )
    except BadRequest as error:
        if "message is not modified" not in error.message.casefold():
            raise


@asynccontextmanager
async def typing(message: Message) -> AsyncIterator[None]:
    """Show "typing" in the chat for as long as the block runs."""
    done = asyncio.Event()

    async def keep_typing() -> None:
        while not done.is_set():
            try:
                await message.reply_chat_action(ChatAction.TYPING)
            except TelegramError as error:
                log.debug("typing could not be shown: %s", error)
            with suppress(TimeoutError):
                async with asyncio.timeout(TYPING_EVERY_S):
                    await done.wait()

    task = asyncio.create_task(keep_typing())
    try:
        yield
    finally:
        done.set()
        # A call under way is waited for: if it came after the answer, the chat would go on typing.
        await task


async def report_failure(update: object, context: Context) -> None:
    """What no handler expected: logged with all that is known, and the person is told that it was not their fault."""
    log.error("an update could not be handled", exc_info=context.error)
    message = getattr(update, "effective_message", None)
    # Who blocked the bot hears nothing of it.
    if message is None or isinstance(context.error, Forbidden):
        return
    try:
        said = context.words.text("Something went wrong on my side. Please try again in a minute.")
        await reply(message, [said], is_html=False)
    except TelegramError as error:
        log.warning("the apology could not be sent: %s", error)
