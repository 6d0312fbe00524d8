"""One file per operator: what its fields mean. READERS lists them."""
