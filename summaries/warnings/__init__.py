"""Official warnings of BMKG: reading its documents, recognising the same event in them, and whom an event concerns."""
