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
