"""The table of scores on stderr."""

from __future__ import annotations

from collections.abc import Mapping

from mmcli.core.ui import Ui
from mmcli.metrics.enough import TOO_FEW
from mmcli.metrics.score import BASELINES, KNOWN, Score


def warn_of_few(scores: Mapping[str, Score], ui: Ui) -> None:
    """One line per reason."""
    reasons: dict[str, list[str]] = {}
    for name, score in scores.items():
        if score.value is None:
            reasons.setdefault(score.reason, []).append(name)
    for reason, names in reasons.items():
        ui.warn(f"{TOO_FEW} ({reason}): {', '.join(names)}")


def show(scores: Mapping[str, Score], ui: Ui) -> None:
    """Print it."""
    width = max(len(name) for name in scores)
    ui.info(f"{'score':{width}}  {'samples':>9}  {'95 % interval':>15}  {'real':>9}  better")
    for name, score in scores.items():
        if score.value is None:
            ui.info(f"{name:{width}}  {TOO_FEW:>37}  {score.better:6}  {KNOWN[name][1]}")
            continue
        real = "-" if score.real is None else f"{score.real:9.4f}"
        between = "" if score.low is None or score.high is None else f"{score.low:.3f} to {score.high:.3f}"
        simple = "".join(f"; {BASELINES[key]} {value:.4f}" for key, value in score.baselines.items())
        ui.info(f"{name:{width}}  {score.value:9.4f}  {between:>15}  {real:>9}  {score.better:6}  {KNOWN[name][1]}{simple}")
