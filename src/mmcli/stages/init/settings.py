"""Settings that suit the number of records: few of them need more passes and larger held-out shares."""

from __future__ import annotations

from collections.abc import Mapping

from mmcli.modalities import registry

_FEW = 300
_VERY_FEW = 60  # splits by hash vary in size: larger held-out shares could leave too few to train on
_STEPS = 600
_BATCH = 128


def settings_for(num_targets: int, num_records: int, fields: Mapping[str, str]) -> dict[str, str]:
    """Lines of each table of the configuration, and advice for the README.

    Args:
        num_targets: Records that have the target field.
        num_records: All records.
        fields: Field name to modality; a field alone is neither embedded nor fused.
    """
    few = num_records < _FEW
    epochs = _epochs(num_records)
    kinds = [modality for modality in registry.modalities() if modality.name in fields.values()]
    preprocess = [line for modality in kinds for line in modality.options_for(num_targets)]
    if few and num_records >= _VERY_FEW:
        preprocess += ["val = 0.2           # few records: larger shares, or nothing is left to check with", "test = 0.2"]
    learning = f"epochs = {epochs}\npatience = {max(5, epochs // 4)}"
    return {
        "PREPROCESS": "\n".join(preprocess) or "# defaults",
        "LEARNING": "".join(f"[{stage}]\n{learning}\n\n" for stage in ("embed", "fuse")) if len(fields) > 1 else "",
        "TRAIN": f"{'kimg = 20' if few else '# kimg = 200'}         # thousands of training items: more takes longer and looks better",
        "GENERATE": f"num = {16 if few else 64}",
        "ADVICE": _advice(num_targets),
    }


def _epochs(num_records: int) -> int:
    """Passes that make some `_STEPS` steps, within bounds."""
    steps = max(1, num_records // _BATCH)
    return min(200, max(20, _STEPS // steps))


def _advice(num_targets: int) -> str:
    if num_targets >= _FEW:
        return "Scores are shown beside those of real records, so that you can see how far there is to go."
    return (
        f"With {num_targets:,} records the pipeline runs, and shows whether your data are in order. Expect the\n"
        "results to repeat what they learned from; some hundred records make a difference, thousands make a\n"
        "generator."
    )
