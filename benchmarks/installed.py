"""What is measured is the product as it is installed: without what only tests, training and drawing need.

sqlite-utils loads pandas where there is one, and httpx rich and pygments for its command line. No installation of
Ringkas has them: a bot would seem to take 33 MiB and a quarter of a second more than it does.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

HIDDEN = Path(__file__).with_name("hidden")


def as_installed(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process whose Python finds nothing of that."""
    others = environment.get("PYTHONPATH")
    return {**environment, "PYTHONPATH": os.pathsep.join([str(HIDDEN), *([others] if others else [])])}
