"""Pages of routing rules: who is responsible for what, and changes with a dry run."""
