"""Errors that come back from a worker process arrive as they were raised."""

from __future__ import annotations

import pickle

import pytest

from summaries.errors import (
    AddressRefused,
    AlreadyShort,
    NothingToSummarize,
    PermanentFetchError,
    RefusalReason,
    RingkasError,
    TransientFetchError,
)
from summaries.model import Article


@pytest.mark.parametrize(
    "error",
    [
        NothingToSummarize(RefusalReason.PAYWALL, "for subscribers"),
        NothingToSummarize(RefusalReason.EMPTY),
        AlreadyShort(Article("Judul", "Isi.")),
        TransientFetchError("busy", status=503, retry_after_s=30.0),
        PermanentFetchError("gone", status=410),
        AddressRefused("private"),
    ],
)
def test_an_error_survives_pickling(error: RingkasError) -> None:
    copy = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    assert type(copy) is type(error)
    assert str(copy) == str(error)
    assert vars(copy) == vars(error)
