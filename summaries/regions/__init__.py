"""Regions of articles: the provinces, regencies and cities that a report is about.

`find_regions` reads the headline and the first sentences, with the names in data/regions.txt and the words before a name
in data/contexts.txt.
"""

from __future__ import annotations

from summaries.regions.find import find_regions
from summaries.regions.gazetteer import Region, find_region_by_name, load_regions
