"""`fuse`: learn one condition per record from whichever fields it has."""

from mmcli.stages.fuse.stage import fuse

__all__ = ["fuse"]
