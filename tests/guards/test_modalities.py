"""What differs per modality stands in `modalities/`: nothing outside says the name of one."""

from __future__ import annotations

import ast
import subprocess
import sys

import pytest

from mmcli.modalities import registry
from mmcli.modalities.modality import Modality

Trees = dict[str, ast.Module]
# Where such a word is not the name of a modality that code decides by: file or folder -> why.
EXCEPTIONS = {
    "data/datasets": "what a publisher's files hold, and names of fields",
    "data/layouts/captioned.py": "names of fields of COCO and Flickr, whose files hold captions of images",
    "data/layouts/coco.py": "what COCO's files hold",
    "data/layouts/flickr.py": "what Flickr's files hold",
    "data/layouts/columns.py": "names of columns that hold words in any table",
    "data/layouts/nemo.py": "keys of NeMo's manifests, and what they name",
    "stages/demo_data/stage.py": "what the keypad data set holds",
    "training/loggers/tensorboard.py": "names of TensorBoard's plugins",
    "artifacts/records.py": "a column of the records table",
}


def names_in(tree: ast.Module) -> set[str]:
    """Names of modalities that a module holds as strings, docstrings left out."""
    words = {modality.name for modality in registry.modalities()}
    constants = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return {node.value for node in constants if isinstance(node.value, str) and node.value in words}


@pytest.fixture(scope="session")
def outside(trees: Trees) -> Trees:
    """The modules that may know no modality."""
    return {name: tree for name, tree in trees.items() if not name.startswith("modalities/")}


def test_no_module_outside_names_a_modality_and_no_exception_is_left_over(outside: Trees) -> None:
    naming = {name: names_in(tree) for name, tree in outside.items()}
    excuse = {name: next((known for known in EXCEPTIONS if name == known or name.startswith(f"{known}/")), None) for name in naming}
    assert {name: found for name, found in naming.items() if found and not excuse[name]} == {}
    assert {excuse[name] for name, found in naming.items() if found} == set(EXCEPTIONS)


def test_no_one_asks_a_codec_what_attributes_it_has(outside: Trees) -> None:
    for name, tree in outside.items():
        calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call))
        asked = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in ("hasattr", "getattr") and len(c.args) > 1]
        assert not [c for c in asked if isinstance(c.args[0], ast.Name) and c.args[0].id.endswith("codec")], name


@pytest.mark.parametrize("modality", registry.modalities(), ids=lambda modality: modality.name)
def test_what_a_modality_names_is_there(modality: Modality) -> None:
    codec = modality.codec_class()
    assert codec.modality == modality.name
    assert modality.shown() is not None
    assert modality.field_config().per_field
    assert modality.gan_recipe() is not None
    assert f"{modality.name}.judge" in modality.builders


@pytest.mark.tf
def test_networks_are_rebuilt_in_a_process_that_imports_nothing_else() -> None:
    code = """
from mmcli.nn import networks_io
networks_io.build("text.judge", {"shape": [4], "vocabulary": 9, "classes": 0, "width": 4})
networks_io.build("fusion", {"fields": 2, "tokens": 2, "dim": 8, "latents": 2, "heads": 2, "layers": 1})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
