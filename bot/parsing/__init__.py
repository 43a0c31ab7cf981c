"""Parsers for text that people type: queries, dates and schedules. No I/O."""
