"""The peers of `peers.py`, one file each: a function of a `Task` that returns what it `Trained`."""
