"""The Telegram side of Ringkas: chats, messages, buttons, processes."""

import os

# python-telegram-bot is moving its periods from whole seconds to timedelta, and warns until this is set.
os.environ.setdefault("PTB_TIMEDELTA", "true")
