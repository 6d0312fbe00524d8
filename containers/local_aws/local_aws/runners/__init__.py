"""How a job's container runs on this machine."""
