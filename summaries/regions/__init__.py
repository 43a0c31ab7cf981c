"""Regions of articles: the provinces, regencies and cities that a report is about.

`find_regions` reads the headline and the first sentences. data/regions.txt has the names, data/contexts.txt the words
that say how a name is meant, data/seats.txt the positions of the seats of regencies and cities.
"""

from __future__ import annotations

from summaries.regions.find import find_regions as find_regions
from summaries.regions.gazetteer import Region as Region
from summaries.regions.gazetteer import find_region_by_name as find_region_by_name
from summaries.regions.gazetteer import load_regions as load_regions
from summaries.regions.gazetteer import load_seats as load_seats
