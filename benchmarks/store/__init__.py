"""What the store costs at ten thousand, a hundred thousand and a million articles and chats."""
