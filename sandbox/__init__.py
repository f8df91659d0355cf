"""A pretend world on loopback for the demo, rehearsals and tests."""
