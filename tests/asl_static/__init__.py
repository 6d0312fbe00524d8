"""What can be seen wrong in a machine's definition alone; of the compiler and the local AWS nothing is used here."""
