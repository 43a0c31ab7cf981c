"""Stands in the way of pandas; see `benchmarks.installed`."""

raise ImportError("pandas is here for training alone")
