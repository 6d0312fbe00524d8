"""What talks to AWS and to Airflow's supervisor."""
