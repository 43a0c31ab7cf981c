"""Each plot of the documents is drawn twice, for a light and for a dark page.

`make bench` begins with this, so that a plot that fails is known before a quarter of an hour of measuring: it needs
matplotlib, which only that installs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from matplotlib import pyplot as plt

from benchmarks import ingest_speed, peers_speed, store_speed, summaries_speed
from benchmarks.load import soak
from benchmarks.load.scene import Taken
from benchmarks.peers_speed import Peer
from benchmarks.plots import LIGHT_AND_DARK
from benchmarks.store.measuring import Measured, Timed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PEERS = [Peer("ringkas", None, None, 60.0, 1.0, 0.3, 40.0), Peer("lead", 69.0, 61.0, 60.0, 0.4, 0.3, 30.0)]
SIZES = (1_000, 10_000)
STORED = [Measured(size, tuple(Timed(name, 1.0, 2.0, 3.0) for name in store_speed.PLOTTED), 5.0) for size in SIZES]
LOOKS = tuple(soak.Look(float(minute), Taken(200.0, 150.0, 30, 20, minute)) for minute in range(5))
SOAKED = soak.Soaked(LOOKS, answers=1, messages=1, articles=1, days=1.0, load=1.0)
PLOTS: dict[str, Callable[[Path], None]] = {
    "summary-cost-by-length": lambda folder: summaries_speed.draw([(1_000, 1.0), (2_000, 1.5)], folder),
    "peers": lambda folder: peers_speed.draw(PEERS, (73.0, 67.0), folder),
    "ingest-by-archive": lambda folder: ingest_speed.draw(SIZES, (60.0, 50.0), (0.1, 0.2), folder),
    "store-by-size": lambda folder: store_speed.plot(STORED, folder),
    "soak": lambda folder: soak.plot(SOAKED, folder),
}


@pytest.mark.parametrize("name", PLOTS)
def test_a_plot_is_drawn_for_a_light_and_for_a_dark_page(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "plots"
    PLOTS[name](folder)
    drawn = {path.name: plt.imread(path) for path in folder.iterdir()}
    assert set(drawn) == {f"{name}-light.png", f"{name}-dark.png"}
    for style in LIGHT_AND_DARK:
        picture = drawn[f"{name}-{style.name}.png"]
        red, green, blue = (round(255 * float(part)) for part in picture[0, 0, :3])
        assert f"#{red:02x}{green:02x}{blue:02x}" == style.ground
        assert (picture != picture[0, 0]).any(), "something is drawn on the ground"
