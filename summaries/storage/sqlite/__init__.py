"""The embedded store: one SQLite file through sqlite-utils."""
