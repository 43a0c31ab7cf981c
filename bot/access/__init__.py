"""Authorisation: who may act on which chat, and the stores that demand the proof."""
