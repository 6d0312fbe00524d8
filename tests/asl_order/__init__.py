"""Which Task states of a machine run before which, from its definition alone: nothing here knows the compiler."""
