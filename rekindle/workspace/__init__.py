"""Floor 3, the declarative folders on disk: positions, files, keys, cross-checks. The only room that knows YAML."""
