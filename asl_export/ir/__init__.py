"""What the stages hand to each other: values, the graph, blocks. Pure data, no Airflow."""
