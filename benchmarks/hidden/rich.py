"""Hides rich from measured processes; see `benchmarks.processes`."""

raise ImportError("hidden by benchmarks.processes")
