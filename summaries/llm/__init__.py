"""Summaries rewritten by a language model: the prompt, and the check whether the answer may be shown."""

from summaries.llm.faithfulness import Doubt, doubt_of
from summaries.llm.prompt import Prompt, prompt_for
from summaries.llm.shape import in_one_line

__all__ = ["Doubt", "Prompt", "doubt_of", "in_one_line", "prompt_for"]
