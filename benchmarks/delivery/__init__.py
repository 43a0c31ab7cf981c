"""Digests under load: what it costs to compose very many at once, and how fast they go out."""
