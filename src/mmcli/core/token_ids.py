"""Ids reserved in every text vocabulary; ids of words follow."""

from __future__ import annotations

PAD, UNKNOWN, START, END = 0, 1, 2, 3
FIRST_WORD = 4
