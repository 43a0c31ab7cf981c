"""python-telegram-bot alone, which answers whatever it reads with one word: what no answer can be faster than."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from telegram.ext import Application, MessageHandler, filters

if TYPE_CHECKING:
    from telegram import Update


async def answer(update: Update, _: Any) -> None:
    if update.effective_message is not None:
        await update.effective_message.reply_text("Halo")


def main() -> None:
    url, token = sys.argv[1:]
    app = Application.builder().token(token).base_url(f"{url}/bot").concurrent_updates(True).build()
    app.add_handler(MessageHandler(filters.ALL, answer))
    app.run_polling()


if __name__ == "__main__":
    main()
