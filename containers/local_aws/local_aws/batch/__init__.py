"""AWS Batch: resources are moto's, jobs really run."""
