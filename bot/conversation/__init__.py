"""One reply in a chat: sending and editing it, per-user limits, locks."""
