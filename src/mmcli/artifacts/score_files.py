"""Read the files that `evaluate` writes, and logs of figures; checked against their schemas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmcli.artifacts import jsonio
from mmcli.core.display import visible
from mmcli.core.errors import IntegrityError

if TYPE_CHECKING:
    from mmcli.artifacts.schema import Schema

_AGAIN = "run evaluate again with --force"


def read_scores(path: Path) -> dict[str, dict[str, Any]]:
    """Scores by name from `scores.json`: `value`, `real`, `better` and `n`.

    Raises:
        IntegrityError: The file is corrupted, or a value has another type or is out of bounds.
    """
    from mmcli.artifacts.score_schema import ScoresFile

    found: dict[str, dict[str, Any]] = _read(path, ScoresFile)
    return found


def read_classes(path: Path) -> dict[str, Any]:
    """`per_class.json`: names of C classes, the confusion matrix `[C][C]`, and a row per class; raises as `read_scores`."""
    from mmcli.artifacts.score_schema import ClassesFile

    found: dict[str, Any] = _read(path, ClassesFile)
    return found


def read_judge(path: Path) -> dict[str, Any]:
    """`judge.json`: what the scores were computed with; raises as `read_scores`."""
    from mmcli.artifacts.score_schema import JudgeFile

    found: dict[str, Any] = _read(path, JudgeFile)
    return found


def read_nearest(path: Path) -> dict[str, Any]:
    """`nearest.json`: samples and the train records they are nearest to; raises as `read_scores`."""
    from mmcli.artifacts.score_schema import NearestFile

    found: dict[str, Any] = _read(path, NearestFile)
    return found


def read_comparison(path: Path) -> dict[str, Any]:
    """`comparison.json`: several samples, and per score their values and differences; raises as `read_scores`."""
    from mmcli.artifacts.score_schema import ComparisonFile

    found: dict[str, Any] = _read(path, ComparisonFile)
    return found


def check_figures(lines: list[dict[str, Any]], path: Path) -> list[dict[str, Any]]:
    """The lines of a log of figures, each a number, a text or null; raises as `read_scores`."""
    from mmcli.artifacts.schema import check
    from mmcli.artifacts.score_schema import FiguresFile

    check(FiguresFile, lines, path.name, visible(path))
    return lines


def _read(path: Path, schema: type[Schema] | Any) -> Any:
    from mmcli.artifacts.schema import check

    try:
        body = jsonio.read(path)
    except (jsonio.JsonError, OSError) as error:
        raise IntegrityError(f"{path.name} cannot be read: {visible(error)}", visible(path), _AGAIN) from None
    check(schema, body, path.name, visible(path), _AGAIN)
    return body
