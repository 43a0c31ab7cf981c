"""The tables of the digests' ledger as they are since step 16; see `migrations`."""

# A message's text is stored once, however many chats get it: `hash` is of text and articles. A part of a delivery has
# but its own state. `is_claimed` tells a lease from a wait: at a start leases are over, waits are not. `has_untold`
# marks deliveries with articles in messages that did not arrive: they are news again.
LEDGER = """
DROP VIEW digests;
CREATE TABLE bodies (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    html TEXT NOT NULL,
    article_ids TEXT NOT NULL,
    created_at TEXT NOT NULL
);
CREATE TABLE parts_of_deliveries (
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    body_id INTEGER NOT NULL REFERENCES bodies (id),
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'uncertain')),
    attempts INTEGER NOT NULL DEFAULT 0,
    copies INTEGER NOT NULL DEFAULT 0,
    message_id INTEGER,
    sent_at TEXT,
    error TEXT,
    PRIMARY KEY (delivery_id, position)
) WITHOUT ROWID;
INSERT INTO bodies (hash, html, article_ids, created_at)
    SELECT CAST(delivery_id || ' ' || position AS BLOB), html, article_ids, '' FROM delivery_parts;
INSERT INTO parts_of_deliveries
    SELECT p.delivery_id, p.position, m.id, p.state, p.attempts, p.copies, p.message_id, p.sent_at, p.error
    FROM delivery_parts p JOIN bodies m ON m.hash = CAST(p.delivery_id || ' ' || p.position AS BLOB);
DROP TABLE delivery_parts;
ALTER TABLE parts_of_deliveries RENAME TO delivery_parts;
CREATE INDEX delivery_parts_by_body ON delivery_parts (body_id);
CREATE VIEW digests AS
    SELECT d.id, d.chat_id, d.due_at, d.outcome, d.finished_at, count(p.position) AS messages,
        sum(p.state = 'sent') AS messages_sent, max(p.error) AS error
    FROM deliveries d LEFT JOIN delivery_parts p ON p.delivery_id = d.id
    GROUP BY d.id ORDER BY d.due_at DESC;
ALTER TABLE deliveries ADD COLUMN is_claimed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN has_untold INTEGER NOT NULL DEFAULT 0;
UPDATE deliveries SET has_untold = 1 WHERE finished_at IS NOT NULL AND id IN
    (SELECT delivery_id FROM delivery_parts WHERE state IN ('failed', 'pending'));
DROP INDEX deliveries_open;
CREATE INDEX deliveries_waiting ON deliveries (is_composed, lease_until, id) WHERE finished_at IS NULL;
CREATE INDEX deliveries_open ON deliveries (chat_id) WHERE finished_at IS NULL;
CREATE INDEX deliveries_untold ON deliveries (chat_id) WHERE has_untold;
CREATE INDEX deliveries_by_due_time ON deliveries (due_at);
CREATE INDEX told_articles_by_time ON told_articles (told_at);
ALTER TABLE subscriptions ADD COLUMN set_up_by INTEGER;
ALTER TABLE subscriptions ADD COLUMN quiet_since TEXT;
"""

# Whoever deletes an article or a delivery looks for what refers to it: without an index, through the whole table, and
# nothing else is done meanwhile.
REFERENCES = """
CREATE INDEX told_articles_by_article ON told_articles (article_id);
CREATE INDEX told_articles_by_delivery ON told_articles (delivery_id);
CREATE INDEX stories_by_article ON stories (article_id);
"""
