"""`train-gan --family sequence` and what follows, on texts that name a label, a picture or another text."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import mmcli
from mmcli.artifacts import store
from mmcli.core.errors import IntegrityError, UsageError
from mmcli.core.ui import Ui
from mmcli.stages.registry import config_of, runner

pytestmark = pytest.mark.tf
SMALL: dict[str, Any] = {"family": "sequence", "target": "de", "layers": 1, "width": 32, "steps": 32, "ticks": 2, "batch_size": 8}
COLOURS = {"red": ("rot", (255, 0, 0)), "green": ("grün", (0, 255, 0)), "blue": ("blau", (0, 0, 255))}


def quiet() -> Ui:
    return Ui(quiet=True, stream=io.StringIO())


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """48 records: an English and a German sentence, and a picture; every eighth record lacks its English sentence."""
    from PIL import Image

    folder, lines = tmp_path_factory.mktemp("raw"), []
    for i in range(48):
        name, (german, rgb) = list(COLOURS.items())[i % 3]
        Image.new("RGB", (16, 16), rgb).save(folder / f"{i:02d}.png")
        split = "test" if i >= 42 else "val" if i >= 36 else "train"
        line = {
            "id": f"{i:02d}",
            "split": split,
            "label": name,
            "photo_file_name": f"{i:02d}.png",
            "de": f"Das Ding Nr. {i % 5} ist {german}!",
        }
        lines.append(line | ({"en": f"Thing {i % 5} is {name}."} if i % 8 else {}))
    (folder / "metadata.jsonl").write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    out = folder.with_name("dataset")
    runner("preprocess")(folder, out, config_of("preprocess")(image_size=16, workers=1), quiet())
    return out


def trained(data: Path, out: Path, **options: Any) -> dict[str, Any]:
    return runner("train-gan")(data, None, out, config_of("train-gan")(**{**SMALL, **options}), quiet()).summary


def made(gan: Path, out: Path, data: Path | None = None, **options: Any) -> list[str]:
    runner("generate")(gan, data, out, config_of("generate")(**options), quiet())
    lines = [json.loads(line) for line in (out / "metadata.jsonl").read_text().splitlines()]
    return [(out / line["de_file_name"]).read_text().removesuffix("\n") for line in lines]


@pytest.fixture(scope="module")
def gan(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("gan") / "gan"
    trained(data, out, given=("en", "photo", "label"))
    return out


def test_it_needs_no_embeddings_and_has_tokens_of_its_own(gan: Path) -> None:
    summary = json.loads((gan / "artifact.json").read_text())["summary"]
    assert (summary["family"], summary["given"]) == ("sequence", ["en", "photo", "label"])
    assert np.isfinite(summary["nll"])
    german, english = (json.loads((gan / f"fields/{name}.codec.json").read_text()) for name in ("de", "en"))
    assert (german["rules"]["tokenizer"], german["rules"]["lowercase"]) == ("byte-bpe", False)
    assert german["vocabulary"] == english["vocabulary"]
    lines = [json.loads(line) for line in (gan / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [16, 32]
    assert lines[1]["held_out_nll"] < lines[0]["held_out_nll"]


def test_texts_from_records_are_scored(gan: Path, data: Path, tmp_path: Path) -> None:
    texts = made(gan, tmp_path / "samples", data)
    assert len(texts) == 6
    assert texts == made(gan, tmp_path / "again", data, batch_size=2)
    assert texts[:3] == made(gan, tmp_path / "some", data, num=3)
    one, other = (
        [json.loads(line) for line in (tmp_path / name / "metadata.jsonl").read_text().splitlines()] for name in ("samples", "again")
    )
    assert one == other
    assert all(-10 < line["token_log_probability"] < 0 for line in one)
    outcome = runner("evaluate")(tmp_path / "samples", data, tmp_path / "scores", config_of("evaluate")(), quiet())
    assert outcome.summary["target"] == "de"


def test_any_subset_of_the_fields_is_a_condition_and_chance_needs_a_reason(gan: Path, tmp_path: Path) -> None:
    conditions = {"words": {"text": ("Thing 1 is red.",)}, "class": {"label": "blue"}, "nothing": {}}
    found = {name: made(gan, tmp_path / name, num=1, **options) for name, options in conditions.items()}
    assert all(len(texts) == 1 for texts in found.values())
    several = made(gan, tmp_path / "several", num=8, text=("Thing 1 is red.",), temperature=3.0)
    assert len(set(several)) > 1
    searched = made(gan, tmp_path / "searched", num=3, beam=2, text=("Thing 1 is red.",))
    assert len(set(searched)) == 1


def test_a_loaded_generator_takes_the_same_options(gan: Path, tmp_path: Path) -> None:
    loaded, text = mmcli.load(gan), "Thing 1 is red."
    assert loaded.generate(en=text, beam=2) == made(gan, tmp_path / "searched", num=1, beam=2, text=(text,))
    drawn = loaded.generate(en=text, num=6, beam=0, top_k=20, temperature=3.0)
    assert drawn == made(gan, tmp_path / "drawn", num=6, beam=0, top_k=20, temperature=3.0, text=(text,))
    assert len(set(drawn)) > 1
    with pytest.raises(UsageError, match="top-p is out of range"):
        loaded.generate(en=text, top_p=2.0)


def test_what_little_there_is_to_learn_is_said(tmp_path: Path) -> None:
    (tmp_path / "raw").mkdir()
    sides = ["train"] * 37 + ["val"] * 3  # a column with the same text in all rows would not be read
    rows = [
        {"id": f"{i}", "split": split, "en": f"Thing {i}.", "de": "Ja." if split == "train" else "Nein."} for i, split in enumerate(sides)
    ]
    (tmp_path / "raw/metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    runner("preprocess")(tmp_path / "raw", tmp_path / "data", config_of("preprocess")(), quiet())
    ui = Ui(stream=io.StringIO())
    config = config_of("train-gan")(**{**SMALL, "given": ("en",), "steps": 2})
    runner("train-gan")(tmp_path / "data", None, tmp_path / "gan", config, ui)
    said = ui.stream.getvalue()
    assert "warning: all 37 train items of de are the same: that item is all that can be learned" in said
    assert "37 are few: what is made will mostly repeat them" in said
    assert made(tmp_path / "gan", tmp_path / "samples", num=1, text=("Thing 3.",))[0]


def test_a_language_model_needs_no_condition(data: Path, tmp_path: Path) -> None:
    assert trained(data, tmp_path / "gan", given=("none",), steps=4)["given"] == []
    assert len(set(made(tmp_path / "gan", tmp_path / "samples", num=4))) > 1


@pytest.mark.parametrize("given", ["en", "label"])
def test_reinforced_steps_end_the_run_and_are_kept_or_not(data: Path, tmp_path: Path, given: str) -> None:
    summary = trained(data, tmp_path / "gan", given=(given,), reinforce=0.5)
    assert summary["reinforced"] in {"kept", "rolled back"}
    assert {"chrf_before", "chrf_reinforced"} <= summary.keys() if given == "en" else {"nll_before", "two_sample_before"} <= summary.keys()
    lines = [json.loads(line) for line in (tmp_path / "gan/metrics.jsonl").read_text().splitlines()]
    assert "reward" in lines[-1]
    assert "reward" not in lines[0]


def test_options_of_other_families_are_refused(data: Path, gan: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--gamma has no effect on generators of the family sequence"):
        trained(data, tmp_path / "gan", gamma=1.0)
    with pytest.raises(UsageError, match="--label-smoothing has no effect on generators of the family gan"):
        runner("train-gan")(
            data, None, tmp_path / "gan", config_of("train-gan")(target="de", given=("none",), family="gan", label_smoothing=0.2), quiet()
        )
    with pytest.raises(UsageError, match="without a noise vector"):
        made(gan, tmp_path / "samples", truncation=0.5)
    with pytest.raises(UsageError, match="family sequence does not support photo"):
        trained(data, tmp_path / "gan", target="photo")
    with pytest.raises(UsageError, match="the given field phto is not in the data set") as caught:
        trained(data, tmp_path / "gan", given=("phto",))
    assert caught.value.fix == "use none, label, or one or more of: en, photo"


def test_options_choose_the_family(data: Path, tmp_path: Path) -> None:
    config = config_of("train-gan")(target="de", given=("label",), preset="recurrent", steps=4, ticks=1, width=8, batch_size=8)
    summary = runner("train-gan")(data, None, tmp_path / "gan", config, quiet()).summary
    assert (summary["family"], summary["critic"]) == ("gan", "dense")


@pytest.mark.parametrize("change", [("vocabulary", 999), ("shapes", ["11", "8x8x3", "3"])])
def test_a_network_that_does_not_fit_its_codecs_is_refused(gan: Path, tmp_path: Path, change: tuple[str, Any]) -> None:
    from mmcli.generators import registry
    from mmcli.generators.base import Decoding, Target
    from mmcli.modalities import codec_of
    from mmcli.nn import networks_io

    source = store.open_artifact(gan)
    networks, _ = networks_io.load(gan)
    codecs = {name: codec_of(source, name) for name in source.manifest.fields}
    forged = networks["generator"].config | dict([change])
    networks_io.save(tmp_path, {"generator": networks_io.Network("sequence.network", forged, networks["generator"].model)})
    with pytest.raises(IntegrityError):
        registry.family("sequence").sampler(tmp_path, Target("de", source.manifest.fields["de"]), codecs, Decoding())


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Words of three letters, each a tone."""
    import soundfile

    folder = tmp_path_factory.mktemp("spoken") / "raw"
    folder.mkdir()
    rng, lines = np.random.default_rng(0), []
    for i in range(60):
        word = "".join(rng.choice(list("abc"), rng.integers(2, 5)))
        tones = [np.sin(2 * np.pi * {"a": 400, "b": 1000, "c": 2300}[letter] * np.arange(960) / 8000) for letter in word]
        gaps = [np.append(tone, np.zeros(400)) for tone in tones]
        soundfile.write(folder / f"{i:02d}.wav", 0.3 * np.concatenate(gaps), 8000)
        split = "test" if i % 10 == 0 else "val" if i % 10 == 1 else "train"
        lines.append({"id": f"{i:02d}", "split": split, "sound_file_name": f"{i:02d}.wav", "de": word.capitalize() + "."})
    (folder / "metadata.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    out = folder.with_name("dataset")
    runner("preprocess")(folder, out, config_of("preprocess")(feature="mel", workers=1), quiet())
    return out


def test_texts_of_sounds_are_not_rewarded(spoken: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="spelled from a sound cannot be rewarded") as caught:
        trained(spoken, tmp_path / "gan", given=("sound",), reinforce=0.3)
    assert caught.value.where == "--reinforce"
    assert not (tmp_path / "gan").exists()


def test_sounds_are_spelled_and_the_language_model_is_kept(spoken: Path, tmp_path: Path) -> None:
    gan = tmp_path / "gan"
    summary = trained(spoken, gan, given=("sound",), steps=90, ctc=0.9, dropout=0.0, learning_rate=5e-3)
    assert summary["reading"] == "ctc"
    assert summary["cer_language_model"] < 0.2  # capitals are the language model's
    assert summary["language_model"] > 0
    lines = [json.loads(line) for line in (gan / "metrics.jsonl").read_text().splitlines()]
    assert 0 <= lines[-1]["held_out_cer"] < 1
    assert "letters" in json.loads((gan / "model.json").read_text())["networks"]
    texts = made(gan, tmp_path / "samples", spoken)
    table = [json.loads(line) for line in (tmp_path / "samples/metadata.jsonl").read_text().splitlines()]
    assert not any("token_log_probability" in line for line in table)
    assert sum(text[:1].isupper() for text in texts) >= 5
    assert texts == made(gan, tmp_path / "again", spoken, batch_size=1)
