"""The Telegram side of Ringkas: chats, messages, buttons, clocks on the wall."""
