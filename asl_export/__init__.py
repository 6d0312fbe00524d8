"""asl_export: compiles an Airflow DAG to an Amazon States Language state machine that does the same."""
