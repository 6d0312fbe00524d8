"""The newcomer's show: one video, one DAG, two engines, on this computer alone."""
