"""The Telegram side of Ringkas: chats, messages, buttons, clocks on the wall."""

import os

# python-telegram-bot is moving its periods from whole seconds to timedelta, and warns until one has chosen.
os.environ.setdefault("PTB_TIMEDELTA", "true")
