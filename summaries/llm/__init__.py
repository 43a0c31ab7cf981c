"""Summaries rewritten by a language model: the prompt, and the check whether the answer may be shown."""

from summaries.llm.faithfulness import UnsupportedClaim, find_unsupported, join_lines
from summaries.llm.prompt import Prompt, make_prompt

__all__ = ["Prompt", "UnsupportedClaim", "find_unsupported", "join_lines", "make_prompt"]
