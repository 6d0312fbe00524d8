"""Cuts this process off from the caller's AWS: its profile, its credentials, its proxies."""

import os
from collections.abc import MutableMapping

LOOPBACK = "127.0.0.1,localhost"


def isolate(environment: MutableMapping[str, str] = os.environ) -> None:
    """Forget the caller's AWS settings. Call it before moto is imported, which reads them then.

    A profile that isn't on this machine, or an unreadable configuration, would keep us from starting; a proxy would get
    our calls to ourselves.
    """
    for name in [name for name in environment if name.startswith(("AWS_", "BOTO_"))]:
        del environment[name]
    environment.update(
        {
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
        }
    )
    for name in ("NO_PROXY", "no_proxy"):
        environment[name] = ",".join(filter(None, [environment.get(name), LOOPBACK]))
