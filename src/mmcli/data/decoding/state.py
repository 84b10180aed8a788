"""Shared memory in which a worker reports its current item."""

import struct

STATE = struct.Struct("qqd")  # record of the chunk, number of the field, start time
IDLE = (-1, -1, 0.0)
