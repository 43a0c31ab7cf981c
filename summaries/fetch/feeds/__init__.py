"""Feeds, sitemaps and OPML: bytes to entries."""
