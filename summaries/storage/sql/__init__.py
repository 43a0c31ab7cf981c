"""Statements and stores that both databases share. The SQL is PostgreSQL's; `sqlite.dialect` says it to SQLite."""
