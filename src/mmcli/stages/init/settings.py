"""Settings for the number of records: small data sets need more epochs and larger held-out splits."""

from __future__ import annotations

from collections.abc import Mapping

from mmcli.modalities import registry

_FEW = 300
_VERY_FEW = 60  # splits by hash vary in size: larger held-out splits could leave too few train records
_STEPS = 600
_BATCH = 128


def settings_for(num_targets: int, num_records: int, fields: Mapping[str, str]) -> dict[str, str]:
    """Lines of each table of the configuration, and advice for the README.

    Args:
        num_targets: Number of records that have the target field.
        num_records: Number of all records.
        fields: Field name to modality; a single field is neither embedded nor fused.
    """
    few = num_records < _FEW
    epochs = _epochs(num_records)
    kinds = [modality for modality in registry.modalities() if modality.name in fields.values()]
    preprocess = [line for modality in kinds for line in modality.options_for(num_targets)]
    if few and num_records >= _VERY_FEW:
        preprocess += ["val = 0.2           # few records: larger held-out splits", "test = 0.2"]
    learning = f"epochs = {epochs}\npatience = {max(5, epochs // 4)}"
    return {
        "PREPROCESS": "\n".join(preprocess) or "# defaults",
        "LEARNING": "".join(f"[{stage}]\n{learning}\n\n" for stage in ("embed", "fuse")) if len(fields) > 1 else "",
        "TRAIN": f"{'kimg = 20' if few else '# kimg = 200'}         # thousands of training items: more takes longer and is better",
        "GENERATE": f"num = {16 if few else 64}",
        "ADVICE": _advice(num_targets),
    }


def _epochs(num_records: int) -> int:
    """Number of epochs for about `_STEPS` steps, within bounds."""
    steps = max(1, num_records // _BATCH)
    return min(200, max(20, _STEPS // steps))


def _advice(num_targets: int) -> str:
    if num_targets >= _FEW:
        return "The report shows the scores next to those of real records, for comparison."
    return (
        f"{num_targets:,} records are enough to run the pipeline and to check your data. Expect the generator to\n"
        "memorise them; a few hundred records give noticeably better results, and a good generator needs\n"
        "thousands."
    )
