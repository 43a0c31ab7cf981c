"""The bot as a process under load, over a sandbox in another: how fast, for how long, and what it holds meanwhile."""
