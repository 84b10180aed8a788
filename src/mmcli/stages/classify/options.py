"""Options of `classify`."""

from __future__ import annotations

from dataclasses import dataclass

from mmcli.core.options import StageConfig, option


@dataclass(frozen=True)
class ClassifyConfig(StageConfig):
    """Options of ``classify``."""

    field: str | None = option(None, "Field to classify; auto: the first that is no text.", metavar="FIELD")
    method: str = option(
        "zero-shot", "Nearest label text, or a linear classifier fitted on the train split.", choices=("zero-shot", "probe")
    )
    text_field: str | None = option(None, "Field that reads the label texts; auto: the first text field.", metavar="FIELD")
    template: str = option("{}", "Text of a label; {} stands for its name.", metavar="TEXT")
    label_text: tuple[str, ...] = option((), "Text of one label, repeatable; a label may have several.", metavar="LABEL=TEXT")
    label_texts: str = option(
        "names", "Texts of the other labels: their names, or what the train split says of them.", choices=("names", "train")
    )
    split: str = option("test", "Which records.", choices=("all", "train", "val", "test"))
