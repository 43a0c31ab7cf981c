"""Official warnings of BMKG: reading its documents, recognising the same event in them, and the places that an event concerns."""
