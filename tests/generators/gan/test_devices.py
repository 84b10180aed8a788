"""Several devices: each step does what one device does with the whole batch. In a child, since TensorFlow divides a CPU once."""

import json
import subprocess
import sys

import pytest

SCRIPT = """
import json, sys
import numpy as np
from mmcli.nn import runtime
from mmcli.generators.gan.options import GanConfig
from mmcli.core.ui import Ui

runtime.start(Ui(quiet=True), 0, devices=2)
from mmcli.training import loop
from mmcli.conditioning.given import GivenFields
from mmcli.conditioning.given_tokens import OneHot
from mmcli.conditioning.labels import LabelConditioner
from mmcli.generators.base import Target, TrainingData
from mmcli.modalities.image.codec import ImageCodec
from mmcli.modalities.label import LabelCodec
from mmcli.generators.gan.pairing_gan import PairingGan

config = GanConfig(batch_size=8, kimg=0.1, width=4, learning_rate=1e-3, gamma=1.0, noise_dim=4, preset="r3gan", depth=1,
                        penalty_interval=4, augment=("translation", "colour"), augment_p="adaptive")
found = []
for devices in (1, 2):
    rng = np.random.default_rng(0)
    classes = LabelCodec(tuple("abcdef"))
    tokens = {"label": OneHot(classes, rng.integers(0, 6, 24))}
    given = GivenFields(LabelConditioner(classes), tokens, np.ones((24, 1), bool), np.arange(24))
    codec = ImageCodec(8, 8, "L")
    rows = rng.integers(0, 256, (24, 8, 8, 1), dtype=np.uint8)
    data = TrainingData(Target("photo", codec.describe()), codec, rows, given, rows[:0], given.of(np.arange(0)))
    runtime.reseed(1)
    with runtime.spread_over(devices):
        trainer = PairingGan(data, ("image.generator.r3gan", "image.discriminator.r3gan"), config)
    figures = trainer.run(0, loop.batches(0, 0, 6, 24, 8), 0.0)
    items = trainer.sample(np.ones((2, 6), np.float32), [1, 2])
    found.append({**figures, "item": float(np.abs(items).mean()), "state": len([v.numpy() for v in trainer.variables()])})
print(json.dumps(found))
"""


@pytest.mark.tf
def test_two_devices_do_what_one_does():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    one, two = json.loads(done.stdout)
    assert two == pytest.approx(one, rel=1e-3, abs=1e-5)
