"""Tables for what the bot's admins do."""

from __future__ import annotations

BROADCASTS = """
CREATE TABLE blocked_chats (
    chat_id INTEGER PRIMARY KEY,
    blocked_at TEXT NOT NULL
);
CREATE TABLE broadcasts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    html TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'sending', 'done', 'cancelled')),
    told_in INTEGER NOT NULL,
    told_by INTEGER,
    created_at TEXT NOT NULL
);
CREATE INDEX broadcasts_sending ON broadcasts (id) WHERE state = 'sending';
CREATE TABLE broadcast_messages (
    broadcast_id INTEGER NOT NULL REFERENCES broadcasts (id) ON DELETE CASCADE,
    chat_id INTEGER NOT NULL,
    thread_id INTEGER,
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'failed')),
    not_before TEXT NOT NULL,
    error TEXT,
    PRIMARY KEY (broadcast_id, chat_id)
) WITHOUT ROWID;
CREATE INDEX broadcast_messages_pending ON broadcast_messages (broadcast_id, not_before) WHERE state = 'pending';
"""

# A message that may have arrived is sent once more: how many copies may be out. It waits as `pending`, and so does one
# that provably never left.
BROADCAST_COPIES = """
ALTER TABLE broadcast_messages ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE broadcast_messages ADD COLUMN copies INTEGER NOT NULL DEFAULT 0;
UPDATE broadcast_messages SET attempts = 1, copies = 1 WHERE state = 'sending';
DROP INDEX broadcast_messages_pending;
CREATE INDEX broadcast_messages_open ON broadcast_messages (broadcast_id, not_before)
    WHERE state IN ('pending', 'sending');
"""

# As of deliveries: `is_claimed` tells a lease, which is over when its process is gone, from a wait, which is not.
CLAIMS = """
ALTER TABLE alerts ADD COLUMN is_claimed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE broadcast_messages ADD COLUMN is_claimed INTEGER NOT NULL DEFAULT 0;
UPDATE alerts SET is_claimed = 1 WHERE state = 'sending';
UPDATE broadcast_messages SET is_claimed = 1 WHERE state = 'sending';
"""
