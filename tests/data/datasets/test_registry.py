"""What all importers have in common."""

from __future__ import annotations

import io

import pytest

from mmcli.core.errors import UsageError
from mmcli.core.ui import Ui
from mmcli.data.datasets import MODULES, importer_of
from mmcli.data.datasets.options import ImportConfig
from mmcli.data.layouts.base import RawReject
from mmcli.data.layouts.folder import read_raw
from mmcli.stages.registry import runner

import_data = runner("import")


@pytest.mark.parametrize("name", MODULES)
def test_every_importer_states_its_facts(name):
    about = importer_of(name).about
    assert about.title
    assert about.publisher
    assert about.licence
    assert set(about.fields.values()) <= {"text", "image", "audio"}
    assert set(about.published) <= {"train", "val", "test"}


@pytest.mark.parametrize(("name", "near"), [("Fashion_MNST", "fashion-mnist"), ("coco", "coco-captions"), ("urban", "urbansound8k")])
def test_an_unknown_name_suggests_the_nearest(name, near):
    with pytest.raises(UsageError) as caught:
        importer_of(name)
    assert f"did you mean {near}?" in caught.value.fix


def test_limit_counts_per_split_and_label(folder, run, wav):
    got = run("fsdd", folder({f"{d}_a_{i}.wav": wav() for d in (1, 2) for i in range(10)}), limit=2)
    assert got.splits == {"test": 4, "train": 4}


def test_resplit_leaves_the_splits_to_preprocess(folder, run, wav):
    assert set(run("fsdd", folder({f"1_a_{i}.wav": wav() for i in range(10)}), resplit=True).column("split")) == {None}


def test_an_import_is_a_raw_folder_and_the_second_run_does_nothing(folder, run, wav):
    path = folder({f"{i % 2}_a_{i}.wav": wav() for i in range(10)})  # a word that is always the same would be left out
    got = run("fsdd", path)
    before = (got.out / "metadata.jsonl").stat().st_mtime_ns
    raw = read_raw(got.out)
    assert (raw.layout, raw.fields) == ("metadata", {"word": "text", "sound": "audio"})
    assert not [r for r in raw.records() if isinstance(r, RawReject)]
    assert (run("fsdd", path).out / "metadata.jsonl").stat().st_mtime_ns == before


def test_options_of_other_data_sets_are_told(folder, tmp_path, wav):
    stream = io.StringIO()
    source = folder({f"{d}_a_{i}.wav": wav() for d in (1, 2) for i in range(2)})
    import_data("fsdd", source, None, tmp_path / "out", ImportConfig(variant="clean", sa=True, limit=1), Ui(stream=stream))
    warned = [line for line in stream.getvalue().splitlines() if "it is ignored" in line]
    assert warned == ["warning: fsdd has no --variant; it is ignored", "warning: fsdd has no --sa; it is ignored"]
