"""`search`: find records by a text, a picture or a sound."""

from mmcli.stages.search.stage import Result, search

__all__ = ["Result", "search"]
