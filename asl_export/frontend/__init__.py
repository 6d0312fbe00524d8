"""Airflow's objects read into the graph: the only place that knows Airflow."""
