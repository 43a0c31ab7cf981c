"""Tables of answers, saved articles, searches and alerts; the steps of `migrations` create them."""

from __future__ import annotations

# What stands behind the buttons of an answer, which messages answer which, and what people keep.
ANSWERS = """
CREATE TABLE answers (
    id INTEGER PRIMARY KEY,
    chat_id INTEGER NOT NULL,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    made_at TEXT NOT NULL
);
CREATE INDEX answers_by_article ON answers (article_id);
CREATE INDEX answers_by_chat ON answers (chat_id);
CREATE INDEX answers_by_date ON answers (made_at);
CREATE TABLE answered_messages (
    chat_id INTEGER NOT NULL,
    message_id INTEGER NOT NULL,
    digest TEXT NOT NULL,
    answer_ids TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    PRIMARY KEY (chat_id, message_id)
);
CREATE INDEX answered_messages_by_date ON answered_messages (answered_at);
CREATE TABLE saved_articles (
    chat_id INTEGER NOT NULL,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    saved_at TEXT NOT NULL,
    PRIMARY KEY (chat_id, article_id)
);
CREATE INDEX saved_articles_by_date ON saved_articles (chat_id, saved_at DESC, article_id DESC);
CREATE INDEX saved_articles_by_article ON saved_articles (article_id);
"""

# The words of the search index, and the articles of a period.
SEARCHING = """
CREATE VIRTUAL TABLE article_words USING fts5vocab (article_search, row);
CREATE INDEX stories_by_coverage ON stories (latest_at, outlet_count, article_id);
CREATE INDEX story_articles_by_date ON story_articles (dated_at, article_id);
"""

# The stems of the search index once more, to look for what was perhaps meant: the index counts the articles of each of
# its own before it tells it.
SPELLINGS = """
CREATE TABLE search_words (word TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO search_words SELECT term FROM article_words WHERE length(term) >= 3;
"""

# The words that chats wait for, and the alerts of what was found. A folded alert waits for the chat's digest.
WATCHES = """
CREATE TABLE watches (
    id INTEGER PRIMARY KEY,
    chat_id INTEGER NOT NULL,
    thread_id INTEGER,
    words TEXT NOT NULL,
    is_folded INTEGER NOT NULL DEFAULT 0,
    created_at TEXT NOT NULL
);
CREATE INDEX watches_by_chat ON watches (chat_id);
CREATE TABLE watch_state (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    added_at TEXT NOT NULL,
    article_id INTEGER NOT NULL
);
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY,
    watch_id INTEGER NOT NULL REFERENCES watches (id) ON DELETE CASCADE,
    chat_id INTEGER NOT NULL,
    article_id INTEGER NOT NULL REFERENCES articles (id) ON DELETE CASCADE,
    state TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'failed', 'uncertain', 'folded')),
    attempts INTEGER NOT NULL DEFAULT 0,
    copies INTEGER NOT NULL DEFAULT 0,
    not_before TEXT NOT NULL,
    created_at TEXT NOT NULL,
    sent_at TEXT,
    message_id INTEGER,
    error TEXT,
    UNIQUE (chat_id, article_id)
);
CREATE INDEX alerts_open ON alerts (not_before) WHERE state IN ('pending', 'sending', 'uncertain');
CREATE INDEX alerts_by_watch ON alerts (watch_id);
CREATE INDEX alerts_by_article ON alerts (article_id);
CREATE INDEX alerts_sent ON alerts (chat_id, sent_at);
"""

# Since when a watch listens; null while nobody can be written to in its chat.
RESTING_WATCHES = """
ALTER TABLE watches ADD COLUMN listens_since TEXT;
UPDATE watches SET listens_since = created_at;
"""
