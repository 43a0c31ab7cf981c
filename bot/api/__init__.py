"""The read-only API of the public news: HTTP with an OpenAPI document, and MCP, over the same operations."""
