from __future__ import annotations

import seeds
from summaries.ingest.seed import read_catalogue
from summaries.topic_model.topics import TOPICS


def test_source_catalogue_is_valid_and_broad() -> None:
    sources = read_catalogue(seeds.sources_file().read_text(encoding="utf-8"))
    assert len(sources) >= 40
    assert len({source.outlet for source in sources}) >= 12
    assert {source.category for source in sources} == set(TOPICS)


def test_outlet_names_are_spelled_consistently() -> None:
    sources = read_catalogue(seeds.sources_file().read_text(encoding="utf-8"))
    spellings = {source.outlet.casefold().replace(" ", "") for source in sources}
    assert len(spellings) == len({source.outlet for source in sources})
