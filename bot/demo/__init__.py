"""The demo: a sample site on loopback, and the real bot reading it."""
