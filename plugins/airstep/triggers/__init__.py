"""What waits in the triggerer for the jobs of deferred tasks."""
