"""One file a group of routes, each independent of the others."""
