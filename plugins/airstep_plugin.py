"""The Airflow plugin: registers what airstep adds to Airflow, and holds no logic."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin


class AirstepPlugin(AirflowPlugin):
    """Registers airstep with Airflow."""

    name = "airstep"
