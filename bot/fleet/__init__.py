"""Several processes that serve the same bots, over PostgreSQL and Procrastinate."""
