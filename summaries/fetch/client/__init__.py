"""The guarded HTTP client, the only way to an address from outside."""
