"""The statements of the numbered steps for news, sources, digests and chats. What was released is never edited."""

from __future__ import annotations

ARTICLES = """
CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL,
    outlet TEXT,
    category TEXT,
    published_at TEXT,
    place TEXT,
    initials TEXT,
    authors TEXT NOT NULL DEFAULT '[]',
    url TEXT,
    image_url TEXT,
    text TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('feed', 'import', 'chat')),
    is_public INTEGER NOT NULL,
    dated_at TEXT NOT NULL,
    added_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX articles_by_date ON articles (dated_at DESC, id DESC) WHERE is_public;
CREATE INDEX articles_by_category ON articles (category, dated_at DESC, id DESC) WHERE is_public;
CREATE INDEX articles_by_outlet ON articles (outlet COLLATE NOCASE, dated_at DESC, id DESC) WHERE is_public;
CREATE INDEX articles_by_arrival ON articles (added_at) WHERE is_public;
CREATE TABLE summaries (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    length TEXT NOT NULL,
    method TEXT NOT NULL,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    spans TEXT NOT NULL,
    created_at TEXT NOT NULL,
    UNIQUE (article_id, length)
);
-- The stems of public articles; rowid is the article's id.
CREATE VIRTUAL TABLE article_search USING fts5 (title, text, tokenize = "unicode61 remove_diacritics 2");
CREATE VIEW news AS
    SELECT a.id, a.title, a.outlet, a.category, a.published_at, s.text AS summary, a.url
    FROM articles a LEFT JOIN summaries s ON s.article_id = a.id AND s.length = '60w'
    WHERE a.is_public ORDER BY a.dated_at DESC, a.id DESC;
"""

SOURCES = """
CREATE TABLE sources (
    key TEXT PRIMARY KEY,
    outlet TEXT NOT NULL,
    category TEXT NOT NULL,
    url TEXT NOT NULL UNIQUE,
    etag TEXT,
    last_modified TEXT,
    last_success_at TEXT,
    last_failure_at TEXT,
    last_error TEXT,
    failures_in_a_row INTEGER NOT NULL DEFAULT 0,
    added_at TEXT NOT NULL
);
"""

DIGESTS = """
CREATE TABLE subscriptions (
    chat_id INTEGER PRIMARY KEY,
    thread_id INTEGER,
    times TEXT NOT NULL,
    zone TEXT NOT NULL,
    is_active INTEGER NOT NULL,
    next_due_at TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
CREATE INDEX subscriptions_due ON subscriptions (next_due_at) WHERE next_due_at IS NOT NULL;
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    chat_id INTEGER NOT NULL,
    thread_id INTEGER,
    zone TEXT NOT NULL,
    due_at TEXT NOT NULL,
    lease_until TEXT,
    is_composed INTEGER NOT NULL DEFAULT 0,
    outcome TEXT CHECK (outcome IN ('sent', 'skipped', 'failed')),
    created_at TEXT NOT NULL,
    finished_at TEXT,
    UNIQUE (chat_id, due_at)
);
CREATE INDEX deliveries_open ON deliveries (lease_until) WHERE finished_at IS NULL;
CREATE TABLE delivery_parts (
    delivery_id INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    html TEXT NOT NULL,
    article_ids TEXT NOT NULL DEFAULT '[]',
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'uncertain')),
    attempts INTEGER NOT NULL DEFAULT 0,
    copies INTEGER NOT NULL DEFAULT 0,
    message_id INTEGER,
    sent_at TEXT,
    error TEXT,
    PRIMARY KEY (delivery_id, position)
) WITHOUT ROWID;
CREATE TABLE told_articles (
    chat_id INTEGER NOT NULL,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    delivery_id INTEGER REFERENCES deliveries (id) ON DELETE SET NULL,
    told_at TEXT NOT NULL,
    PRIMARY KEY (chat_id, article_id)
) WITHOUT ROWID;
CREATE VIEW digests AS
    SELECT d.id, d.chat_id, d.due_at, d.outcome, d.finished_at, count(p.position) AS messages,
        sum(p.state = 'sent') AS messages_sent, max(p.error) AS error
    FROM deliveries d LEFT JOIN delivery_parts p ON p.delivery_id = d.id
    GROUP BY d.id ORDER BY d.due_at DESC;
"""

QUERIES = """
CREATE TABLE queries (
    id INTEGER PRIMARY KEY,
    query TEXT NOT NULL UNIQUE,
    asked_at TEXT NOT NULL
);
"""

# An empty `next_check_at` is due at once.
POLLING = """
ALTER TABLE sources ADD COLUMN kind TEXT NOT NULL DEFAULT 'feed' CHECK (kind IN ('feed', 'sitemap'));
ALTER TABLE sources ADD COLUMN origin TEXT NOT NULL DEFAULT 'catalogue' CHECK (origin IN ('catalogue', 'admin'));
ALTER TABLE sources ADD COLUMN is_active INTEGER NOT NULL DEFAULT 1;
ALTER TABLE sources ADD COLUMN next_check_at TEXT;
ALTER TABLE sources ADD COLUMN newest_entry_at TEXT;
ALTER TABLE sources ADD COLUMN recent_since TEXT;
ALTER TABLE sources ADD COLUMN recent_count INTEGER NOT NULL DEFAULT 0;
ALTER TABLE articles ADD COLUMN is_excerpt INTEGER NOT NULL DEFAULT 0;
"""

# A public article is in one story. What lists need of it stands in `story_articles`, in narrow rows: an article's own
# row is long, and its text would be read on the way. `revision` counts changes: who keeps the stories in memory asks
# for those since, and stores only what was decided on the newest. Signatures last as long as articles are compared.
STORIES = """
CREATE TABLE stories (
    id INTEGER PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles (id) DEFERRABLE INITIALLY DEFERRED,
    article_count INTEGER NOT NULL,
    outlet_count INTEGER NOT NULL,
    latest_at TEXT NOT NULL,
    added_at TEXT NOT NULL
);
CREATE INDEX stories_by_date ON stories (latest_at DESC, id DESC, article_id);
CREATE INDEX stories_by_arrival ON stories (added_at, id);
CREATE TABLE story_articles (
    article_id INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    story_id INTEGER NOT NULL REFERENCES stories (id) DEFERRABLE INITIALLY DEFERRED,
    outlet TEXT,
    category TEXT,
    words INTEGER NOT NULL,
    is_free INTEGER NOT NULL,
    published_at TEXT,
    dated_at TEXT NOT NULL,
    added_at TEXT NOT NULL
);
CREATE INDEX story_articles_by_story ON story_articles (story_id);
CREATE INDEX story_articles_by_category ON story_articles (category, dated_at DESC, article_id DESC, story_id);
CREATE INDEX story_articles_by_outlet ON story_articles
    (outlet COLLATE NOCASE, dated_at DESC, article_id DESC, story_id);
CREATE TABLE signatures (
    article_id INTEGER PRIMARY KEY REFERENCES articles (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL UNIQUE,
    dated_at TEXT NOT NULL,
    signature TEXT NOT NULL
);
CREATE INDEX signatures_by_date ON signatures (dated_at);
CREATE TABLE story_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    revision INTEGER NOT NULL,
    next_story INTEGER NOT NULL
);
INSERT INTO stories (id, article_id, article_count, outlet_count, latest_at, added_at)
    SELECT id, id, 1, 1, dated_at, added_at FROM articles WHERE is_public;
INSERT INTO story_articles
    (article_id, story_id, outlet, category, words, is_free, published_at, dated_at, added_at)
    SELECT id, id, outlet, category, length(text) - length(replace(text, ' ', '')) + 1, NOT is_excerpt, published_at,
        dated_at, added_at
    FROM articles WHERE is_public;
INSERT INTO story_state (id, revision, next_story) SELECT 1, 0, coalesce(max(id), 0) + 1 FROM articles;
"""

# A source may list an article under other addresses than its own, and a new title tells that it was edited.
LISTINGS = """
CREATE TABLE listings (
    key TEXT PRIMARY KEY,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    titles TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX listings_by_article ON listings (article_id);
"""

# What a chat chose for itself; a chat that chose nothing has no row.
CHAT_SETTINGS = """
CREATE TABLE chat_settings (
    chat_id INTEGER PRIMARY KEY,
    language TEXT,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL
);
"""

# Lists are JSON, `days` the digits of the days of the week (Monday is 0), `quiet` is "22:00-06:00".
PREFERENCES = """
ALTER TABLE subscriptions ADD COLUMN days TEXT NOT NULL DEFAULT '0123456';
ALTER TABLE subscriptions ADD COLUMN topics TEXT NOT NULL DEFAULT '[]';
ALTER TABLE subscriptions ADD COLUMN outlets TEXT NOT NULL DEFAULT '[]';
ALTER TABLE subscriptions ADD COLUMN include_words TEXT NOT NULL DEFAULT '[]';
ALTER TABLE subscriptions ADD COLUMN exclude_words TEXT NOT NULL DEFAULT '[]';
ALTER TABLE subscriptions ADD COLUMN length TEXT NOT NULL DEFAULT '35w';
ALTER TABLE subscriptions ADD COLUMN story_count INTEGER NOT NULL DEFAULT 8;
ALTER TABLE subscriptions ADD COLUMN quiet TEXT;
ALTER TABLE subscriptions ADD COLUMN is_silent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE subscriptions ADD COLUMN skips_empty INTEGER NOT NULL DEFAULT 0;
ALTER TABLE deliveries ADD COLUMN reason TEXT;
"""

# A typed answer is told by the message that asked, a channel's digest is set up from a private chat: `target_id`.
PLACES = """
CREATE TABLE questions (
    chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    target_id INTEGER NOT NULL,
    panel_id INTEGER,
    asked_at TEXT NOT NULL,
    PRIMARY KEY (chat_id, message_id)
) WITHOUT ROWID;
CREATE TABLE places (
    chat_id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    title TEXT,
    is_member INTEGER NOT NULL,
    updated_at TEXT NOT NULL
);
"""

# An uploaded file could give itself any address, and so take another article's place. Nobody noted which readers'
# articles were fetched from the address that they have: all of them lose address, outlet and picture, and the key under
# which others found them. The answers about them go, so that only articles that somebody saved are kept. `hosts` is a
# list as JSON.
PROVENANCE = """
UPDATE articles SET key = CASE WHEN url IS NULL THEN 'text:' ELSE 'lost:' END || lower(hex(randomblob(16))),
    url = NULL, outlet = NULL, image_url = NULL WHERE origin = 'chat';
DELETE FROM answers WHERE article_id IN (SELECT id FROM articles WHERE key LIKE 'lost:%');
ALTER TABLE sources ADD COLUMN hosts TEXT NOT NULL DEFAULT '[]';
"""

DARK_CHARTS = """
ALTER TABLE chat_settings ADD COLUMN has_dark_charts INTEGER NOT NULL DEFAULT 0;
"""
