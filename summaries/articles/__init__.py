"""Read an article: fetch, prepare and summarise it."""
