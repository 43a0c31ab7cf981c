"""Work that no user asked for: scheduled jobs, digests, alerts, backups, notices."""
