"""The HTTP service: accepts, records, answers. It never parses media."""
