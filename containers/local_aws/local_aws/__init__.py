"""local_aws: a moto server whose Batch runs the jobs and whose Step Functions executes the state machines."""
