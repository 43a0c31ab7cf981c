"""How much is kept, and for how long, whatever the database."""

from __future__ import annotations

from datetime import timedelta

# The buttons of older lists say that they are out of date.
QUERIES_KEPT = timedelta(days=30)
TITLES_KEPT = 4
# A question that nobody answered within a day is forgotten.
QUESTIONS_LAST = timedelta(days=1)
# Telegram lets a person edit for two days, and nobody presses the buttons of half a year ago.
QUESTIONS_KEPT = timedelta(days=2)
ANSWERS_KEPT = timedelta(days=180)
# Old rows go a few at a time, so that no answer waits for a large deletion.
FORGOTTEN_AT_ONCE = 20
MOST_SAVED = 1_000
