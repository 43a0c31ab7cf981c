"""Handlers, one module per command family: parse the message, call a use case, render the result."""
