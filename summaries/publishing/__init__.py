"""A static site of the public stories, with feeds and a search that needs no server.

`plan` decides which files the site has and when one is out of date, `pages` and `feeds` render them, `folder` writes
them, and `publisher` does all of it over the narrow port `PublicNews`.
"""
