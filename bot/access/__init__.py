"""Authorisation: decide whether a person may act on a chat, and guard the stores with the result."""
