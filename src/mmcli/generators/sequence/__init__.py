"""Texts of any length from any fields: an encoder over all given items, and a decoder that attends to it."""

from mmcli.generators.sequence.family import FAMILY

__all__ = ["FAMILY"]
