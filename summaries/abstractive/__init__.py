"""Summaries in a language model's own words: what it is asked, and whether its answer may be shown (pure)."""

from summaries.abstractive.faithfulness import Doubt, doubt_of
from summaries.abstractive.prompt import Prompt, prompt_for
from summaries.abstractive.shape import in_one_line

__all__ = ["Doubt", "Prompt", "doubt_of", "in_one_line", "prompt_for"]
