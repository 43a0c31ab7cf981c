"""From a source to stored articles: when to fetch, which entries to read, how to store them."""
