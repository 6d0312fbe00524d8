"""Runs a DAG from Airflow and from Step Functions on the local AWS, and compares what they did."""
