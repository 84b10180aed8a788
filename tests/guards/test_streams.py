"""Random numbers come from streams with a purpose of their own, and from nowhere else."""

from __future__ import annotations

import ast
from itertools import pairwise

import pytest

from mmcli.core.streams import Purpose

# File -> what it may call, since it gives the others their streams.
MAKERS = {
    "core/streams.py": {"default_rng", "SeedSequence"},
    "nn/draws.py": {"stateless_uniform", "stateless_normal"},
}
SOURCES = {"default_rng", "SeedSequence", "RandomState", "Philox", "PCG64", "MT19937", "SeedGenerator", "set_random_seed", "set_seed"}
SEEDERS = {"nn/runtime.py": {"set_random_seed"}}  # start values of networks
Trees = dict[str, ast.Module]


def name_of(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""


def owner_of(function: ast.expr) -> str:
    """The dotted name before the last point of what is called."""
    return ast.unparse(function.value) if isinstance(function, ast.Attribute) else ""


def is_source(function: ast.expr) -> bool:
    """Whether a call makes or draws random numbers by itself."""
    name, owner = name_of(function), owner_of(function)
    hidden = owner == "random" or owner.endswith(".random")  # random.x(), np.random.x(), tf.random.x(), keras.random.x()
    return name in SOURCES or (name.startswith("stateless_") and name != "stateless_word") or hidden


def test_random_numbers_come_from_a_stream_with_a_purpose(trees: Trees) -> None:
    wrong = {}
    for name, tree in trees.items():
        allowed = MAKERS.get(name, set()) | SEEDERS.get(name, set())
        calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
        wrong[name] = [ast.unparse(call) for call in calls if is_source(call.func) and name_of(call.func) not in allowed]
    assert {name: calls for name, calls in wrong.items() if calls} == {}


@pytest.mark.parametrize(
    "code", ["np.random.default_rng([seed, 1])", "tf.random.stateless_normal(s, k)", "random.shuffle(a)", "default_rng()"]
)
def test_a_call_beside_the_streams_is_found(code: str) -> None:
    (call,) = (node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call))
    assert is_source(call.func)


def test_no_two_purposes_have_the_same_number() -> None:
    assert len(Purpose.__members__) == len(list(Purpose))


def test_every_purpose_is_said_in_words_and_used_by_one_module(trees: Trees) -> None:
    used: dict[str, set[str]] = {name: set() for name in Purpose.__members__}
    for place, tree in trees.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Purpose":
                used[node.attr].add(place)
    assert {name: places for name, places in used.items() if len(places) != 1} == {}
    body = next(node for node in trees["core/streams.py"].body if isinstance(node, ast.ClassDef)).body
    documented = [a for a, b in pairwise(body) if isinstance(a, ast.Assign) and isinstance(b, ast.Expr)]
    assert len(documented) == len(Purpose.__members__)
