"""The Airflow plugin: registers what airstep adds to Airflow, and holds no logic."""

from __future__ import annotations

from airflow.plugins_manager import AirflowPlugin

from airstep.links import JOB_LINKS, MAP_LINKS


class AirstepPlugin(AirflowPlugin):
    """Registers airstep with Airflow, once, be it found in the plugins folder, by its entry point, or both."""

    name = "airstep"
    operator_extra_links = [*JOB_LINKS, *MAP_LINKS]  # noqa: RUF012  # declared by AirflowPlugin
