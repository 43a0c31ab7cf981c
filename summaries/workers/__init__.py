"""Worker processes for CPU work, with limits on time and memory."""
