"""The items of a Map: where they come from, how they are handed on, where the results go."""
