"""The few bytes of shared memory in which a worker says what it is at."""

import struct

STATE = struct.Struct("qqd")  # record of the chunk, number of the field, time at which it began
IDLE = (-1, -1, 0.0)
