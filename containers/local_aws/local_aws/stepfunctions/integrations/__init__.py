"""The services that Task states call."""
