"""Processes for work on the CPU, with limits on time and memory."""
