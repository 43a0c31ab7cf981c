"""Summaries rewritten by a language model: the prompt, and the check whether the answer may be shown."""
