"""The news side of Ringkas: sources, articles, summaries, digests. Knows nothing of Telegram."""
