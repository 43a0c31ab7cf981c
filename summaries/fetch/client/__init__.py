"""The guarded HTTP client: the only way to reach an address that comes from outside."""
