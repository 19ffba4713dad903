"""What is played: rounds, pairs, objectives and terms. No optimiser, no file and no frame in here."""

from __future__ import annotations
