"""The stored state of a codec is checked as a whole before any of its sizes is used."""

from __future__ import annotations

import json
import math
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from mmcli.core.errors import IntegrityError
from mmcli.modalities import codec_from_json, read_codec
from mmcli.modalities.audio.cleaning import AudioRules
from mmcli.modalities.audio.codec import AudioCodec
from mmcli.modalities.audio.state import AudioState
from mmcli.modalities.audio.state import RulesState as AudioRulesState
from mmcli.modalities.image.codec import ImageCodec
from mmcli.modalities.image.state import ImageState
from mmcli.modalities.label import LabelCodec
from mmcli.modalities.text.codec import TextCodec
from mmcli.modalities.text.rules import TextRules
from mmcli.modalities.text.state import RulesState as TextRulesState
from mmcli.modalities.text.state import TextState

CODECS = {
    "text": TextCodec(("dial", "seven"), 8, TextRules(tokenizer="bpe", redact=("email",)), (("d", "i"),)),
    "image": ImageCodec(8, 12, "L", "squeeze", aspect=1.5, scales=(8,)),
    "audio": AudioCodec(8000, 64, 32, 16, (0.0,) * 32, (1.0,) * 32, rules=AudioRules(trim_db=30.0)),
    "label": LabelCodec(("a", "b")),
}


@pytest.mark.parametrize("name", CODECS)
def test_a_state_that_a_codec_wrote_is_accepted(name: str) -> None:
    assert codec_from_json(json.loads(json.dumps(CODECS[name].to_json()))) == CODECS[name]


@pytest.mark.parametrize(
    ("owner", "schema", "more"),
    [
        (TextCodec, TextState, {"modality"}),
        (TextRules, TextRulesState, set()),
        (ImageCodec, ImageState, {"modality"}),
        (AudioCodec, AudioState, {"modality"}),
        (AudioRules, AudioRulesState, set()),
    ],
)
def test_a_schema_has_exactly_the_keys_of_its_codec(owner: Any, schema: Any, more: set[str]) -> None:
    assert set(schema.model_fields) == {field.name for field in fields(owner)} | more


@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("text", {"length": 400_000_000}, "length is 400000000, not less than or equal to 4096"),
        ("text", {"length": 1}, "length is 1, not greater than or equal to 2"),
        ("text", {"length": True}, "length is True"),
        ("text", {"length": "8"}, "length is '8', not a valid integer"),
        ("text", {"vocabulary": [["a"], {"b": 1}]}, "vocabulary.0 is a list, not a valid string"),
        ("text", {"vocabulary": None}, "vocabulary is None"),
        ("text", {"rules": []}, "rules is a list, not an object"),
        ("text", {"rules": {"tokenizer": "pickle"}}, "rules.tokenizer is 'pickle'"),
        ("text", {"rules": {"language": "english"}}, "rules.language: string should match"),
        ("text", {"merges": [["a"]]}, "merges.0: list should have at least 2 items"),
        ("text", {"more": 1}, "more is unknown"),
        ("image", {"height": 0}, "height is 0, not greater than or equal to 1"),
        ("image", {"width": 2**63}, "width is 9223372036854775808, not less than or equal to 1024"),
        ("image", {"mode": "P"}, "mode is 'P', not 'L', 'RGB' or 'RGBA'"),
        ("image", {"aspect": 1e9}, "aspect is 1000000000.0, not less than or equal to 32"),
        ("image", {"aspect": 1e-9}, "an aspect of 1e-09 is too narrow"),
        ("image", {"background": "javascript"}, "background: string should match"),
        ("image", {"scales": [8] * 65}, "scales: list should have at most 64 items"),
        ("audio", {"sample_rate_hz": -8000}, "sample_rate_hz is -8000, not greater than or equal to 1000"),
        ("audio", {"hop_length": 0}, "hop_length is 0, not greater than or equal to 8"),
        ("audio", {"hop_length": 128}, "hop_length 128 exceeds n_fft 64"),
        ("audio", {"frames": 10**9}, "frames is 1000000000"),
        ("audio", {"frames": 2**22}, "a window of 4,194,304 frames of 32 bands is too large"),
        ("audio", {"sd": [0.0] * 32}, "sd.0 is 0.0, not greater than 0"),
        ("audio", {"mean": [0.0]}, "1 means and 32 standard deviations of 32 bands"),
        ("audio", {"mean": [math.inf] * 32}, "mean.0 is inf"),
        ("audio", {"feature": "mel", "n_bands": 40}, "more bands than bins"),
        ("audio", {"floor": 0.0}, "floor is 0.0, not greater than 0"),
        ("label", {"names": [1]}, "0 is 1, not a valid string"),
        ("label", {"names": "ab"}, "it is 'ab', not a valid list"),
    ],
)
def test_a_hostile_value_is_named_with_its_key(name: str, change: dict[str, Any], words: str) -> None:
    with pytest.raises(IntegrityError) as caught:
        codec_from_json({**CODECS[name].to_json(), **change}, "work/fields/x.codec.json")
    assert words in caught.value.what
    assert caught.value.where == "work/fields/x.codec.json"


@pytest.mark.parametrize("state", [None, 7, [], {}, {"modality": 7}, {"modality": ["text"]}])
def test_a_state_without_a_modality_is_refused(state: Any, tmp_path: Path) -> None:
    (tmp_path / "x.codec.json").write_text(json.dumps(state))
    with pytest.raises(IntegrityError, match="it names no modality") as caught:
        read_codec(tmp_path / "x.codec.json")
    assert caught.value.where.endswith("x.codec.json")
