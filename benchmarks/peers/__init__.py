"""The peers, each built from its own recipe with current versions of what it stands on."""
