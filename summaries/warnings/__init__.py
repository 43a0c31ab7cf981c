"""Official warnings: read BMKG's documents, recognise an event that was revised, and find the places it concerns."""
