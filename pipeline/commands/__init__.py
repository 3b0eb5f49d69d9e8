"""The subcommands of ``lectern``, one module a subject."""
