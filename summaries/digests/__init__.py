"""Digests: when one is due, which stories it contains, how it is composed."""
