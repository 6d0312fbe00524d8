"""The errors of local_aws that a person can mend: each is one line that says what, why and what to do.

LocalAwsError
├── server.PortInUseError
├── images.ImagesFolderError
└── runners.docker.DockerUnavailableError
"""


class LocalAwsError(Exception):
    """Something outside local_aws keeps it from starting; printed as one line, exit code 1."""
