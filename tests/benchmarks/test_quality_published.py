from __future__ import annotations

import numpy as np
import pytest

from benchmarks.quality_published import lead, tilted


def test_weights_give_the_wanted_mean_and_favour_the_higher_values() -> None:
    values = np.array([10.0, 20.0, 60.0, 90.0])
    weights = tilted(values, 55.0)
    assert weights.sum() == pytest.approx(1)
    assert weights @ values == pytest.approx(55)
    assert list(weights) == sorted(weights)


def test_the_mean_itself_needs_no_weights() -> None:
    values = np.array([10.0, 20.0, 60.0, 90.0])
    assert tilted(values, values.mean()) == pytest.approx([0.25] * 4)


@pytest.mark.parametrize("target", [5.0, 10.0, 90.0, 95.0])
def test_what_no_weights_can_give_is_refused(target: float) -> None:
    with pytest.raises(ValueError, match="no weights"):
        tilted(np.array([10.0, 20.0, 60.0, 90.0]), target)


def test_the_lead_ends_where_whole_sentences_come_nearest() -> None:
    ten, thirty = "kata " * 10, "kata " * 30
    assert lead([thirty, thirty, ten]) == [thirty, thirty]
    assert lead([thirty, "kata " * 50, ten]) == [thirty, "kata " * 50]
    assert lead([thirty, "kata " * 70, ten]) == [thirty]
    assert lead(["kata " * 200]) == ["kata " * 200]
