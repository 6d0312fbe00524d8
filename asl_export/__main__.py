"""`python -m asl_export` is `asl-export`."""

from asl_export.cli import main

if __name__ == "__main__":
    main()
