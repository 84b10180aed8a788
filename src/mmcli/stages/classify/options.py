"""Options of `classify`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class ClassifyConfig(StageConfig):
    """Options of ``classify``."""

    field: str | None = option(None, "Field to classify; auto: the first that is not text.", metavar="FIELD")
    method: str = option(
        "zero-shot", "Classifier: nearest label text, or a linear probe fitted on the train split.", choices=("zero-shot", "probe")
    )
    text_field: str | None = option(None, "Field whose encoder reads the label texts; auto: the first text field.", metavar="FIELD")
    template: str = option("{}", "Template of label texts; {} is replaced by the label.", metavar="TEXT")
    label_text: tuple[str, ...] = option((), "Text of a label, repeatable; a label may have several.", metavar="LABEL=TEXT")
    label_texts: str = option(
        "names", "Texts of the other labels: their names, or their texts in the train split.", choices=("names", "train")
    )
    split: str = option("test", "Split to classify.", choices=("all", "train", "val", "test"))
