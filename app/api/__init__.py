"""HTTP: routes validate and answer, services do, and the edge commits before it rings the broker."""
