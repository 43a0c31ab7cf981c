"""One bot on several processes and machines, over PostgreSQL: receivers store updates, workers do all the work.

`queue` is the only place that knows Procrastinate. A job is ids alone, and may be done twice.
"""
