"""`fuse --compare`: every method with the same data, order, budget and seed."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from mmcli.artifacts import jsonio
from mmcli.conditioning.embedded_records import EmbeddedRecords
from mmcli.conditioning.fuser import Fuser
from mmcli.conditioning.options import FuseConfig
from mmcli.core.ui import Ui
from mmcli.stages.fuse import scores
from mmcli.training.epochs import fit

NAME = "methods.json"
_COLUMNS = {
    "accuracy": "all fields",
    "single": "one field",
    "worst": "worst one",
    "noisy": "noisy field",
    "retrieval": "retrieval",
    "reconstruction": "cosine",
    "parameters": "parameters",
    "epochs": "epochs",
}


def compare(data: EmbeddedRecords, config: FuseConfig, objective: str, methods: tuple[str, ...], folder: Path, ui: Ui) -> dict[str, Any]:
    """Train and score methods one after the other; those that an interrupted run finished are reused.

    Args:
        data: Embedded records.
        config: The budget.
        objective: The common objective.
        methods: The methods to compare.
        folder: Folder of `methods.json` and of the state of the method in training.
        ui: Shows progress.

    Returns:
        Method to its row of the table.
    """
    path = folder / NAME
    table: dict[str, Any] = jsonio.read(path) if path.is_file() else {}
    for number, method in enumerate(methods, 1):
        if method in table:
            continue
        ui.info(f"method {number} of {len(methods) + 1}: {method}")
        work = folder / f"method-{method}"
        work.mkdir(exist_ok=True)
        fuser = Fuser(data, config, objective, method)
        state = fit(fuser, epochs=config.epochs, patience=config.patience, folder=work, ui=ui, label=method)
        table[method] = line(fuser, data, scores.score(fuser, data, config.seed), state)
        jsonio.write(path, table)
        shutil.rmtree(work)
    return table


def line(fuser: Fuser, data: EmbeddedRecords, scored: dict[str, Any], state: dict[str, Any]) -> dict[str, Any]:
    """A method's row of the table."""
    parameters = int(fuser.network.model.count_params())
    return {**scores.digest(scored, data.fields), "parameters": parameters, "epochs": state["epochs"]}


def lines(table: dict[str, Any], baseline: dict[str, Any]) -> list[str]:
    """The table as lines of text; `baseline` is the score without fusion."""
    return scores.table_lines("method", table | baseline, _COLUMNS)
