"""The commands, one file a group. What is heavy to import is imported where it is used: `--help` must be instant."""
