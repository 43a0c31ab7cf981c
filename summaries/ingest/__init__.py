"""From a source to stored articles: when to fetch it, what to take, how to write it."""
