"""What noise in one field's files does to the fused state, and to that field alone.

Noise of growing strength is added to what the encoders read (values in [-1, 1]); the probe was
fitted on complete, clean train records. Text is spoiled by replacing a share of its words.

    python benchmarks/fuse_noise.py work/1-dataset work/3-fused
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from mmcli.artifacts import records, store
from mmcli.core.ui import Ui
from mmcli.metrics.probe import Probe
from mmcli.modalities import codec_file, read_codec
from mmcli.modalities.fields import open_items
from mmcli.nn import runtime
from mmcli.nn.padding import FRAME_PAD

LEVELS = (0.0, 0.25, 0.5, 1.0, 2.0)


def spoiled(x: np.ndarray, level: float, seed: int) -> np.ndarray:
    """Network-form rows with noise of standard deviation `level`, or a share `level / 2` of ids replaced."""
    rng = np.random.default_rng([seed, int(100 * level)])
    if x.dtype.kind == "i":
        other = rng.permuted(x, axis=0)
        return np.where((rng.random(x.shape) < level / 2) & (x > 3), other, x)
    return np.clip(x + level * rng.standard_normal(x.shape, np.float32), -1, 1).astype(np.float32)


def main() -> None:
    """Print one table: accuracy of complete test records with one field spoiled, and of that field alone."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dataset", type=Path)
    parser.add_argument("fused", type=Path)
    options = parser.parse_args()
    source, table = store.open_artifact(options.dataset, "dataset"), records.read(options.dataset)
    runtime.start(Ui(quiet=True), 0)
    from mmcli.conditioning.conditioner import Conditioner

    maker = Conditioner.load(options.fused)
    codecs = {name: read_codec(source.file(codec_file(name))) for name in maker.fields}
    rows = {name: open_items(source, name) for name in maker.fields}
    labels = table.label_ids()[0]
    complete = np.all([table.present(name) for name in maker.fields], axis=0) & (labels >= 0)
    train, test = (r[complete[r]] for r in (table.rows("train"), table.rows("test")))

    def read(which: np.ndarray) -> dict[str, np.ndarray]:
        return {name: codecs[name].to_network(np.asarray(rows[name][which])) for name in maker.fields}

    everything = np.ones((len(complete), len(maker.fields)), np.float32)
    probe = Probe(maker.condition(read(train), everything[train])[0], labels[train])
    clean = read(test)
    print(f"{len(test)} complete test records; accuracy with one field spoiled (that field alone)")
    print(f"{'field':<12}" + "".join(f"{level:>16g}" for level in LEVELS))
    for number, name in enumerate(maker.fields):
        cells = []
        for level in LEVELS:
            noisy = {**clean, name: np.where(clean[name] == FRAME_PAD, FRAME_PAD, spoiled(clean[name], level, number))}
            alone = np.zeros_like(everything[test])
            alone[:, number] = 1
            both = [probe.accuracy(maker.condition(noisy, mask)[0], labels[test]) for mask in (everything[test], alone)]
            cells.append(f"{both[0]:.3f} ({both[1]:.3f})")
        print(f"{name:<12}" + "".join(f"{cell:>16}" for cell in cells))


if __name__ == "__main__":
    main()
