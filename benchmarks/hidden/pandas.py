"""Hides pandas from measured processes; see `benchmarks.processes`."""

raise ImportError("hidden by benchmarks.processes")
