"""The example lecture and the script that draws, speaks and films it."""
