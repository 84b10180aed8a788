"""`mmcli.load`: a trained generator that stays in memory."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mmcli.artifacts import store
from mmcli.core.display import visible
from mmcli.core.errors import UsageError
from mmcli.core.ui import Ui
from mmcli.core.values import parse
from mmcli.modalities import label, registry
from mmcli.modalities.remarks import warn_of_items
from mmcli.stages.generate import abilities
from mmcli.stages.generate import plan as plans
from mmcli.stages.generate.conditions import Values, from_values
from mmcli.stages.generate.maker import Maker
from mmcli.stages.generate.options import GenerateConfig
from mmcli.stages.generate.stage import Generator

if TYPE_CHECKING:
    from mmcli.conditioning.conditioner import Conditioner
    from mmcli.generators.base import Decoding, Sampler

_OPTIONS = ("num", "seed", "seeds", "temperature", "truncation", "beam", "top_k", "top_p", "length_penalty", "no_repeat", "batch_size")
_WHERE = "generate()"


class Made(list[Any]):
    """Generated items.

    Attributes:
        warnings: What to know of the conditions: unknown words, what was cut off or cropped, silence.
    """

    warnings: tuple[str, ...] = ()


class LoadedGenerator:
    """A trained generator whose networks are loaded once.

    Creating it imports TensorFlow and sets its number of threads; both last as long as the process.

    Args:
        path: Artifact that `train-gan` wrote.

    Attributes:
        path: The artifact.
        target: Name of the field that it generates.
        modality: Name of that field's modality.
        given: Names of the fields that it can be conditioned on.

    Raises:
        InputError, IntegrityError, SafetyError: The artifact cannot be used.
    """

    def __init__(self, path: Path) -> None:
        self._source = store.open_artifact(path, "gan")
        self._what = Generator.of(self._source)
        self.path, self.target, self.given = path, self._what.target.name, tuple(self._what.given)
        self._codecs = self._what.codecs(self._source)
        self.modality = self._codecs[self.target].modality
        self._kept: tuple[Conditioner, dict[Decoding, Sampler]] | None = None
        self.generate(num=1)

    def generate(self, **options: Any) -> Made:
        """Generate items.

        Args:
            **options: Conditions as texts or paths, by the name of a given field, or of a modality for its first given field;
                `label` for a generator conditioned on labels. Also `num` (1 by default), `seed`, `seeds`, `temperature`,
                `truncation`, `beam`, `top_k`, `top_p`, `length_penalty`, `no_repeat` and `batch_size`, within the same bounds as the
                flags of `generate`.

        Returns:
            A list of images (`PIL.Image.Image`), sounds (`Sound`: samples and rate) or strings, with `warnings` about the conditions.
            An item depends only on its seed and condition.

        Raises:
            UsageError: An unknown name, or a value of the wrong type or out of bounds.
            InputError: A condition cannot be read.
        """
        own = {name: value for name, value in options.items() if name in _OPTIONS and name not in self.given}
        config = GenerateConfig(**{"num": 1, **{name: _parsed(name, value) for name, value in own.items()}})
        abilities.check(config, self._what.family, self._what.target)
        values = self._values({name: value for name, value in options.items() if name not in own})
        conditions = from_values(self._codecs, [values])
        plan = plans.plain(conditions, config)
        codec, ui = self._codecs[self.target], Ui(silent=True)
        how = abilities.decoding_of(config, self._what.family, self._what.target, plan, conditions)
        warn_of_items(self._codecs, values.items(), ui)
        maker = Maker(self._source, self._what.family, self._what.target, self._codecs, conditions, how, config.seed, ui, self._kept)
        self._kept = maker.loaded
        rows = [maker.rows(plan[start : start + config.batch_size]) for start in range(0, len(plan), config.batch_size)]
        made = Made(codec.items(np.concatenate(rows)))
        made.warnings = tuple(ui.warnings)
        return made

    def _values(self, given: Mapping[str, Any]) -> Values:
        """Conditions by field."""
        found: Values = {}
        for name, value in given.items():
            field = self._field(name)
            if field in found:
                raise UsageError(f"duplicate condition for field {visible(field)}", _WHERE, "give each field once")
            if not isinstance(value, str | os.PathLike):
                kinds = "a text" if self._codecs[field].in_words else "the path of a file"
                raise UsageError(f"{visible(name)} must be {kinds}, not {visible(repr(value), 60)}", _WHERE, f"give {kinds}")
            found[field] = os.fspath(value)
        return found

    def _field(self, name: str) -> str:
        if name in self.given:
            return name
        first = next((field for field in self.given if self._codecs[field].modality == name), None)
        if first is not None:
            return first
        modalities = [modality.name for modality in registry.modalities()]
        near = difflib.get_close_matches(name, [*self.given, *_OPTIONS, *modalities, label.FIELD], 1)
        known = f"given fields: {', '.join(self.given) or 'none'}; options: {', '.join(_OPTIONS)}"
        hint = f"did you mean {near[0]}?" if near and near[0] != name else known
        raise UsageError(f"the generator of {visible(self.target)} has no given field or option {visible(name)}", _WHERE, hint)


def _parsed(name: str, value: Any) -> Any:
    if name == "seeds" and isinstance(value, list | tuple | range):
        value = ",".join(map(str, value))
    return parse(GenerateConfig, name, value, f"{_WHERE}, {name}")


def load(path: str | os.PathLike[str]) -> LoadedGenerator:
    """Load a generator that `train-gan` wrote into memory.

    Raises:
        UsageError: It is not a path.
        InputError, IntegrityError, SafetyError: The artifact cannot be used.
    """
    if not isinstance(path, str | os.PathLike) or not os.fspath(path):
        raise UsageError(f"not a path: {visible(repr(path), 60)}", "mmcli.load()", "give the folder that train-gan wrote")
    return LoadedGenerator(Path(path))
