"""airstep: Airflow operators for AWS Batch whose DAGs also export as Step Functions state machines."""
