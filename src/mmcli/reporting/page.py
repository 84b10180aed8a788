"""Assemble the page: one self-contained HTML file without scripts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import mmcli
from mmcli.core.display import visible
from mmcli.core.errors import MmcliError
from mmcli.core.ledger import Ledger
from mmcli.metrics.verdict import LEAST_ITEMS
from mmcli.reporting import run_view
from mmcli.reporting.data_view import DataSet, data_view
from mmcli.reporting.diagram import pipeline
from mmcli.reporting.lineage import Lineage, Node
from mmcli.reporting.media import Budget
from mmcli.reporting.options import ReportConfig
from mmcli.reporting.rendering import render_template
from mmcli.reporting.score_view import verdict_of
from mmcli.reporting.space_view import embeddings_view, fused_view
from mmcli.reporting.unfinished import Unfinished, unfinished_view

T = TypeVar("T")
MOST_MEDIA_BYTES = 12 * 2**20
_EXPECTED = (MmcliError, OSError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, RuntimeError)


def render(lineage: Lineage, title: str, config: ReportConfig, running: Sequence[Unfinished] = ()) -> tuple[str, list[str]]:
    """Render the page; also returns what could not be shown.

    Args:
        lineage: The artifacts.
        title: Heading of the page.
        config: Options.
        running: Trainings that are not finished.
    """
    budget, problems = Budget(MOST_MEDIA_BYTES), list(lineage.problems)

    def guarded(name: str, make: Callable[[], T]) -> T | None:
        """Omit the section of a corrupted artifact instead of failing."""
        try:
            return make()
        except _EXPECTED as error:
            place = Path(error.where).name if isinstance(error, MmcliError) else ""
            named = f" ({visible(place)})" if place and place != Path(name).name else ""
            problems.append(f"{visible(name)}: {visible(error) or type(error).__name__}{named}")
            return None

    opened = {node.id: guarded(node.name, partial(DataSet, node.artifact)) for node in lineage.of("dataset")}
    datasets = {identity: data for identity, data in opened.items() if data}
    runs = run_view.run_views(lineage, datasets, config.examples, budget, guarded)
    data = [
        guarded(node.name, partial(data_view, node, datasets[node.id], config.examples, budget))
        for node in lineage.of("dataset")
        if node.id in datasets
    ]
    context = {
        "title": title,
        "version": mmcli.__version__,
        "diagram": pipeline(lineage, {node.id: guarded(node.name, partial(fact_of, node)) or "" for node in lineage.nodes}),
        "nodes": lineage.nodes,
        "ledgers": {node.id: Ledger.of(node.summary).entries for node in lineage.nodes},
        "kinds": {kind: names[0] for kind, names in lineage.titles.items()},
        "data": [view for view in data if view],
        "embeddings": [v for node in lineage.of("embeddings") if (v := guarded(node.name, partial(embeddings_view, node)))],
        "fused": [v for node in lineage.of("fused") if (v := guarded(node.name, partial(fused_view, node)))],
        "runs": runs,
        "headlines": headlines(lineage, runs),
        "verdicts": verdicts(runs),
        "running": [
            view
            for number, item in enumerate(running)
            if (view := guarded(item.name, partial(unfinished_view, item, number, lineage, budget)))
        ],
        "problems": problems,
    }
    return render_template("page.html", context), problems


def fact_of(node: Node) -> str:
    """One short line about an artifact."""
    counts, summary = node.body.counts, node.summary
    if node.kind == "embeddings" and summary.get("r1") is not None:
        return f"R@1 {100 * summary['r1']:.0f} %" if _queries(node) >= LEAST_ITEMS else "too few to tell"
    if node.kind == "scores" and (verdict := verdict_of(node)):
        return str(verdict["word"])
    if node.kind == "fused" and summary.get("subsets"):
        return f"{len(summary['subsets'])} subsets of fields"
    if node.kind == "embeddings" and (summary.get("views") or {}).get("R@1") is not None:
        return f"views R@1 {100 * summary['views']['R@1']:.0f} %"
    if node.kind == "gan" and "kimg" in summary:
        return f"{summary['kimg']:g}k items seen"
    if node.kind == "samples" and "num" in summary:
        return f"{summary['num']:,} generated"
    for name, words in (("keypad_accuracy", "as requested"), ("condition_accuracy", "as requested"), ("frechet", "Frechet")):
        if node.kind == "scores" and summary.get(name) is not None:
            return f"{summary[name]:.2f} {words}" if name == "frechet" else f"{100 * summary[name]:.0f} % {words}"
    total = counts.get("records", counts.get("ok"))
    return f"{total:,} records" if isinstance(total, int) else ""


def verdicts(runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What `evaluate` says of each generator, in a sentence."""
    found = [(run["target"], scores["node"].anchor, scores["verdict"]) for run in runs for scores in run["scores"]]
    told = [{"target": target, "anchor": anchor, **verdict} for target, anchor, verdict in found if verdict]
    # Samples that were scored twice are told of once.
    return list({(one["target"], one["sentence"]): one for one in reversed(told)}.values())[::-1]


def headlines(lineage: Lineage, runs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The most important scores."""
    found = []
    for run in runs:
        for scores in run["scores"][:1]:
            row, verdict = scores["headline"], scores["verdict"]
            if row and (verdict is None or verdict["usable"]):  # a figure never stands above a failure
                share = row["name"] != "frechet"
                cover = next((r for r in scores["rows"] if r["name"] == "coverage"), None)
                found.append({"title": run["target"], "value": row["value"], "share": share, "what": row["what"], "real": row["real"]})
                found[-1]["coverage"] = cover["value"] if cover else None
    failed = any(not verdict["usable"] for verdict in verdicts(runs))
    for node in lineage.of("embeddings")[:1]:
        if node.summary.get("r1") is not None and _queries(node) >= LEAST_ITEMS and not failed:
            what = "first hits in cross-field retrieval"
            chance = node.summary.get("chance")
            found.append({"title": "retrieval", "value": node.summary["r1"], "share": True, "what": what, "chance": chance})
    return found


def _queries(node: Node) -> int:
    """The least number of records that a direction of retrieval was scored on."""
    return min((int(figures.get("queries") or 0) for figures in node.summary.get("retrieval", {}).values()), default=0)
