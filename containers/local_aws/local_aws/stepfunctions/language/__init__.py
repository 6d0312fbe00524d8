"""The two query languages: how a state's data is selected and shaped."""
