"""The chat page: a sandbox in a browser on the same machine. Users act through /sim/, as in every other client."""
