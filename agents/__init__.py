"""Pure media and language agents: a local path and typed options in, frozen facts and files out."""
