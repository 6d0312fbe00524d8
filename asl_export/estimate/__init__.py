"""What a run costs: calls of AWS Batch, state transitions and events, from Airflow and as a state machine.

Pure as the export is: the machine is walked, nothing is run. A run is counted in which nothing fails and nothing is
tried again.

  items    how many items each map has: what the DAG says, what the command line says
  walk     the states that a run of a machine enters
  polling  how often Airflow asks how a job is getting on
  ways     each way to run a DAG, and what it uses
  report   all of that as a person, or a program, reads it
"""
