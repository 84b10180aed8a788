"""Conditions from any subset of fields."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mmcli.core.errors import IntegrityError

pytestmark = pytest.mark.tf
DIM, TOKENS, LATENTS = 8, 2, 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from mmcli.nn import networks_io

    sizes = {"tokens": TOKENS, "dim": DIM}
    networks = {
        "encoder.a": networks_io.build("text.encoder", {"shape": [5], "vocabulary": 11, **sizes}),
        "encoder.b": networks_io.build("text.encoder", {"shape": [4], "vocabulary": 7, **sizes}),
        "fusion": networks_io.build("fusion", {"fields": 2, "latents": LATENTS, "heads": 2, "layers": 1, **sizes}),
    }
    path = tmp_path_factory.mktemp("fused")
    networks_io.save(path, networks, {"fields": ["a", "b"]})
    return path


def some_rows(count: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng([3])
    return {"a": rng.integers(4, 11, (count, 5)).astype(np.int32), "b": rng.integers(4, 7, (count, 4)).astype(np.int32)}


def test_shapes_and_the_empty_record(folder: Path) -> None:
    from mmcli.conditioning import conditioner

    maker = conditioner.load(folder)
    context = maker.condition(some_rows(3), np.array([[1, 1], [0, 1], [0, 0]]))
    assert (maker.fields, maker.dim, maker.num_tokens, maker.reads("a"), maker.reads("c")) == (["a", "b"], DIM, LATENTS, True, False)
    assert maker.encode("a", some_rows(5)["a"]).shape == (5, TOKENS, DIM)
    assert context.vector.shape == (3, DIM)
    assert context.tokens.shape == (3, LATENTS, DIM)
    assert context.vector[:2].any(1).all()
    assert not context.vector[2].any()
    assert context.mask.tolist() == [[True] * LATENTS] * 2 + [[False] * LATENTS]


def test_a_record_does_not_depend_on_its_company(folder: Path) -> None:
    from mmcli.conditioning import conditioner

    maker, rows, mask = conditioner.load(folder), some_rows(300), np.ones((300, 2))
    together = maker.condition(rows, mask).vector
    alone = maker.condition({name: array[270:271] for name, array in rows.items()}, mask[:1]).vector
    assert together[270].tobytes() == alone[0].tobytes()


def test_rows_of_a_masked_or_left_out_field_change_nothing(folder: Path) -> None:
    from mmcli.conditioning import conditioner

    maker, rows, mask = conditioner.load(folder), some_rows(4), np.tile([1, 0], (4, 1))
    masked = maker.condition(rows, mask).vector
    without = maker.condition({"a": rows["a"]}, np.ones((4, 2))).vector
    assert masked.tobytes() == without.tobytes()


def test_saving_carries_other_networks_along_as_data(folder: Path, tmp_path: Path) -> None:
    from mmcli.conditioning import conditioner
    from mmcli.nn import networks_io

    networks, _ = networks_io.load(folder, ("fusion",))
    networks_io.save(tmp_path, networks, {"fields": ["a", "b"]}, carried=folder)
    first, second = (conditioner.load(path).condition(some_rows(2), np.ones((2, 2))).vector for path in (folder, tmp_path))
    assert first.tobytes() == second.tobytes()


def test_a_folder_without_fusion_is_refused(folder: Path, tmp_path: Path) -> None:
    from mmcli.conditioning import conditioner
    from mmcli.nn import networks_io

    networks, _ = networks_io.load(folder, ("encoder.a",))
    networks_io.save(tmp_path, networks, {})
    with pytest.raises(IntegrityError, match="no fusion network"):
        conditioner.load(tmp_path)
