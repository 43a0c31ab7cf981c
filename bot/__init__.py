"""The Telegram side of Ringkas: chats, messages, buttons, processes."""

import os

# python-telegram-bot is moving its periods from whole seconds to timedelta, and warns until this is set.
os.environ.setdefault("PTB_TIMEDELTA", "true")
# numpy's threads cost each process a fifth of numpy's start, and our arrays are too small for them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
