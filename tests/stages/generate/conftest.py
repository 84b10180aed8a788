"""Small `gan` artifacts with untrained networks: what `generate` does with them does not depend on training."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mmcli.artifacts import jsonio, store
from mmcli.core.ui import Ui
from mmcli.nn import runtime

QUIET = Ui(quiet=True)
FIELDS = ["caption", "photo", "sound"]


def write_gan(folder: Path, dataset: Path, target: str, *, dim: int = 8) -> Path:
    """Write a `gan` artifact for the fields of a keypad data set."""
    runtime.start(QUIET, 0)
    from mmcli.modalities import codec_from_json
    from mmcli.nn import networks_io

    data = store.open_artifact(dataset)
    states = {name: jsonio.read(dataset / f"fields/{name}.codec.json") for name in FIELDS}
    codecs = {name: codec_from_json(state) for name, state in states.items()}
    networks = {}
    for name, codec in codecs.items():
        more = {"vocabulary": codec.vocabulary_size} if name == "caption" else {}
        config = {"shape": list(codec.network_shape), "dim": dim, "tokens": 2, **more}
        networks[f"encoder.{name}"] = networks_io.build(f"{codec.modality}.encoder", config)
    fusion = {"dim": dim, "fields": len(FIELDS), "tokens": 2, "latents": 2, "heads": 2, "layers": 1}
    networks["fusion"] = networks_io.build("fusion", fusion)
    codec = codecs[target]
    common = {"shape": list(codec.network_shape), "condition": 3 * dim, "width": 8}
    own = {"vocabulary": codec.vocabulary_size} if target == "caption" else {"noise": 6}
    networks["generator"] = networks_io.build(f"{codec.modality}.generator", {**common, **own})
    if target != "caption":
        networks["discriminator"] = networks_io.build(f"{codec.modality}.discriminator", common)
    given = [name for name in FIELDS if name != target]
    refs = [store.relative_input(dataset, folder, "dataset", data.id)]
    with store.begin(folder, kind="gan", config={"target": target}, seed=0, inputs=refs) as build:
        networks_io.save(build.path, networks, {"fields": FIELDS, "target": target, "given": given})
        (build.path / "fields").mkdir()
        for name, state in states.items():
            jsonio.write(build.path / "fields" / f"{name}.codec.json", state)
        summary = {"family": "gan", "target": target, "given": given, "modality": codec.modality}
        build.commit(fields={name: data.manifest.fields[name] for name in FIELDS}, counts={}, summary=summary)
    return folder


@pytest.fixture(scope="session")
def loaded() -> dict[Path, Any]:
    """Networks of the shared GANs that an earlier test has loaded and traced."""
    return {}


@pytest.fixture(autouse=True)
def _networks_are_loaded_once(loaded: dict[Path, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """As `mmcli.load` does, since loading takes longer than generating."""
    from mmcli.stages.generate import maker, stage

    class KeptMaker(maker.Maker):
        def __init__(self, source: store.Artifact, *others: Any) -> None:
            super().__init__(source, *others, loaded.get(source.path))
            if source.path.name.startswith("gan-"):
                loaded[source.path] = self.loaded

    monkeypatch.setattr(stage, "Maker", KeptMaker)


@pytest.fixture(scope="session")
def gans(keypad: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Path of the small GAN of a target; shared, so do not change it."""
    folder = tmp_path_factory.mktemp("gans")
    shutil.copytree(keypad / "1-dataset", folder / "1-dataset")

    def find(target: str) -> Path:
        path = folder / f"gan-{target}"
        return path if path.exists() else write_gan(path, folder / "1-dataset", target)

    return find
