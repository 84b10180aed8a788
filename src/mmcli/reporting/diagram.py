"""Diagram of the pipeline: one box per artifact, one column per kind, a line per input."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from mmcli.core.display import visible
from mmcli.reporting.lineage import Lineage, Node

_BOX, _TALL, _GAP, _ROW = 152, 66, 26, 84
_HEAD = 26


def pipeline(lineage: Lineage, facts: Mapping[str, str]) -> Markup:
    """Draw the nodes; `facts` maps artifact ids to a short line."""
    columns = [lineage.of(kind) for kind in lineage.titles]
    kinds = [kind for kind, nodes in zip(lineage.titles, columns, strict=True) if nodes]
    columns = [nodes for nodes in columns if nodes]
    tallest = max((len(nodes) for nodes in columns), default=0)
    height = _HEAD + tallest * _ROW
    place = {
        node.id: (column * (_BOX + _GAP) + 2, _HEAD + (tallest - len(nodes)) * _ROW // 2 + row * _ROW + 6)
        for column, nodes in enumerate(columns)
        for row, node in enumerate(nodes)
    }
    parts = [
        Markup('<text class="step" x="{}" y="14">{}</text>').format(column * (_BOX + _GAP) + 2 + _BOX // 2, lineage.titles[kind][1])
        for column, kind in enumerate(kinds)
    ]
    parts += [_edge(place[parent], place[node.id]) for nodes in columns for node in nodes for parent in node.parents if parent in place]
    parts += [_box(node, lineage.titles[node.kind][0], place[node.id], facts.get(node.id, "")) for nodes in columns for node in nodes]
    width = len(columns) * (_BOX + _GAP) - _GAP + 4
    return Markup(
        '<svg class="pipeline" viewBox="0 0 {} {}" style="min-width:{}px;max-width:{}px" role="img" aria-label="The pipeline">{}</svg>'
    ).format(width, height, min(width, 860), width * 5 // 4, Markup().join(parts))


def _edge(start: tuple[int, int], end: tuple[int, int]) -> Markup:
    x1, y1, x2, y2 = start[0] + _BOX, start[1] + _TALL // 2, end[0], end[1] + _TALL // 2
    middle = (x1 + x2) // 2
    return Markup('<path class="edge" d="M{} {}C{} {} {} {} {} {}"/>').format(x1, y1, middle, y1, middle, y2, x2, y2)


def _box(node: Node, kind: str, place: tuple[int, int], fact: str) -> Markup:
    x, y = place
    target = node.summary.get("target")
    title = f"{kind}: {visible(target, 12)}" if isinstance(target, str) else kind
    return Markup(
        '<a href="#{}"><g class="box k-{}"><rect x="{}" y="{}" width="{}" height="{}" rx="10"/>'
        '<text class="name" x="{}" y="{}">{}</text><text class="fact" x="{}" y="{}">{}</text>'
        '<text class="path" x="{}" y="{}">{}</text></g></a>'
    ).format(
        node.anchor, node.kind, x, y, _BOX, _TALL,
        x + 12, y + 22, title, x + 12, y + 40, visible(fact, 24),
        x + 12, y + 56, visible(node.name, 24),
    )  # fmt: skip
