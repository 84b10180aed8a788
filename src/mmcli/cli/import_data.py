"""``mmcli import``."""

from __future__ import annotations

import typer

from mmcli.cli.options import Call, Input, stage_command
from mmcli.cli.output import quoted
from mmcli.core.outcome import Outcome

_HELP = (
    "Turn a known data set, in its publisher's files, into a raw folder: cifar10, coco-captions, emnist, emoji, esc50, fashion-mnist, "
    "flickr8k, flickr30k, fsdd, imagenet, imdb, kmnist, librispeech, lines, mnist, snli, squad, sst5, timit, urbansound8k; pair joins "
    "two raw folders by label. Nothing is downloaded, archives are read without unpacking."
)


def register(app: typer.Typer) -> None:
    """Add the command to the program."""

    @stage_command(
        app,
        "import",
        inputs=(
            Input("NAME", "Name of the data set, or pair.", word=True),
            Input("SOURCE", "The publisher's folder or archive; for pair a raw folder."),
            Input("SECOND", "The other raw folder of pair.", optional=True),
        ),
        help=_HELP,
        examples=(
            "mmcli import fsdd free-spoken-digit-dataset -o raw/fsdd",
            "mmcli import pair raw/mnist raw/fsdd --on label -o raw/digits",
        ),
    )
    def import_(call: Call) -> Outcome:
        from mmcli.stages.import_data.stage import import_data as stage

        name = str(call.folder("NAME"))
        outcome = stage(name, call.folder("SOURCE"), call.inputs["SECOND"], call.out, call.config, call.ui, force=call.force)
        return outcome.then(quoted("mmcli", "preprocess", call.out, "-o", call.out.parent / "1-dataset"))
