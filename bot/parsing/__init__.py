"""Parsers for text that people type: queries, dates, schedules, pasted articles. No I/O."""
