"""What TensorBoard and MLflow are given, and that a resumed run goes on in the same log."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mmcli.core.errors import EnvironmentUnfitError
from mmcli.core.ui import Ui
from mmcli.stages.watching import Tolerant
from mmcli.training.loggers.mlflow import MlflowLog, require
from mmcli.training.loggers.run_log import as_markdown, tagged
from mmcli.training.observer import Moment, Observer, Samples, Shown, observed

SETTINGS = {"kimg": 2.5, "given": ["caption", "sound"], "augment": "none", "compare": True, "depth": 3}
WAVE = np.sin(np.arange(160) / 4).astype(np.float32)


def samples() -> Samples:
    sheet = np.arange(8 * 6 * 3, dtype=np.uint8).reshape(8, 6, 3)
    return Samples(1.0, sheet, [Shown("one | two", "a <b>", WAVE, 8000, "real")], 255 - sheet)


def moment(step: int, **figures: float) -> Moment:
    return Moment(step, step / 10, step / 100, float(step), figures)


def test_figures_are_grouped() -> None:
    figures = {"loss_g": 1, "nll": 2.0, "grad_g": 3.0, "graph_share": 0.5, "items_per_s": 7.0, "kid": 4.0, "name": "x"}
    assert tagged(figures) == {
        "losses/loss_g": 1.0,
        "losses/nll": 2.0,
        "gradients/grad_g": 3.0,
        "speed/graph_share": 0.5,
        "speed/items_per_s": 7.0,
        "scores/kid": 4.0,
    }


def test_texts_are_a_table_that_no_caption_can_break() -> None:
    assert as_markdown(samples()).splitlines()[2] == "| one \\| two | a &lt;b> | real |"
    assert as_markdown(Samples(0.0)) == ""


@pytest.mark.tf
class TestTensorBoard:
    def log(self, folder: Path, name: str = "gan") -> Any:
        from mmcli.training.loggers.tensorboard import TensorBoardLog

        return TensorBoardLog(folder / "logs", name, folder / "checkpoint", SETTINGS, samples)

    def events(self, folder: Path) -> list[tuple[str, int, Any]]:
        """Tag, step and value of everything in the event files of the only run."""
        import tensorflow as tf

        (run,) = (folder / "logs/gan").iterdir()
        found = []
        for path in sorted(run.iterdir()):
            for record in tf.data.TFRecordDataset(str(path)):
                event = tf.compat.v1.Event.FromString(record.numpy())
                found += [(value.tag, event.step, value) for value in event.summary.value]
        return found

    def test_scalars_images_sounds_texts_and_options_are_written(self, tmp_path: Path) -> None:
        import tensorflow as tf

        log = self.log(tmp_path)
        log.begin(moment(0))
        log.advance(moment(8, loss_g=2.0))
        log.tick(moment(50, loss_g=1.5, kid=0.25))
        log.end("finished")
        found = {(tag, step): value for tag, step, value in self.events(tmp_path)}
        plugins = {key: value.metadata.plugin_data.plugin_name for key, value in found.items()}
        scalars = {key: float(tf.make_ndarray(value.tensor)) for key, value in found.items() if plugins[key] == "scalars"}
        assert scalars == {("losses/loss_g", 8): 2.0, ("losses/loss_g", 50): 1.5, ("scores/kid", 50): 0.25}
        width, height, png = tf.make_ndarray(found["samples/generated", 50].tensor)
        assert (int(width), int(height)) == (6, 8)
        assert (tf.io.decode_png(png).numpy() == samples().sheet).all()
        wav = tf.make_ndarray(found["samples/0/generated", 50].tensor).ravel()[0]
        wave, rate_hz = tf.audio.decode_wav(wav)
        np.testing.assert_allclose(wave.numpy().ravel(), WAVE, atol=1e-4)
        assert int(rate_hz) == 8000
        assert "one \\| two" in tf.make_ndarray(found["samples/texts", 50].tensor).item().decode()
        assert "| kimg | 2.5 |" in tf.make_ndarray(found["settings", 0].tensor).item().decode()
        kinds = {tag: plugin for (tag, _), plugin in plugins.items() if plugin != "scalars"}
        assert kinds == {
            "samples/generated": "images",
            "samples/the_records_themselves": "images",
            "samples/0/generated": "audio",
            "samples/texts": "text",
            "settings": "text",
            "_hparams_/session_start_info": "hparams",
        }

    def test_options_are_the_message_that_the_plugin_reads(self) -> None:
        from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, struct_pb2

        from mmcli.training.loggers.tensorboard import session_start

        kinds = descriptor_pb2.FieldDescriptorProto
        one, many, message = kinds.LABEL_OPTIONAL, kinds.LABEL_REPEATED, kinds.TYPE_MESSAGE
        file = descriptor_pb2.FileDescriptorProto(name="h.proto", package="h", syntax="proto3", dependency=["google/protobuf/struct.proto"])
        start = file.message_type.add(name="SessionStartInfo")
        entry = start.nested_type.add(name="HparamsEntry")
        entry.options.map_entry = True
        entry.field.add(name="key", number=1, type=kinds.TYPE_STRING, label=one)
        entry.field.add(name="value", number=2, type=message, type_name=".google.protobuf.Value", label=one)
        start.field.add(name="hparams", number=1, type=message, type_name=".h.SessionStartInfo.HparamsEntry", label=many)
        start.field.add(name="start_time_secs", number=5, type=kinds.TYPE_DOUBLE, label=one)
        data = file.message_type.add(name="HParamsPluginData")
        data.field.add(name="session_start_info", number=3, type=message, type_name=".h.SessionStartInfo", label=one)
        pool = descriptor_pool.DescriptorPool()
        pool.AddSerializedFile(struct_pb2.DESCRIPTOR.serialized_pb)
        pool.Add(file)
        whole = message_factory.GetMessageClass(pool.FindMessageTypeByName("h.HParamsPluginData"))
        read = whole.FromString(session_start({"kimg": 2.5, "given": "a" * 300, "compare": True}, 12.5)).session_start_info
        assert read.start_time_secs == 12.5
        assert read.hparams["kimg"].number_value == 2.5
        assert read.hparams["given"].string_value == "a" * 300
        assert read.hparams["compare"].bool_value is True

    def test_a_resumed_run_goes_on_in_the_same_folder(self, tmp_path: Path) -> None:
        for begin, tick in ((0, 30), (40, 70)):
            log = self.log(tmp_path)
            log.begin(moment(begin))
            log.tick(moment(tick, kid=1.0))
            log.end("interrupted")
        assert [step for tag, step, _ in self.events(tmp_path) if tag == "scores/kid"] == [30, 70]
        assert sum(tag == "settings" for tag, _, _ in self.events(tmp_path)) == 1

    def test_a_run_that_starts_over_has_a_folder_of_its_own(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from mmcli.training.loggers import tensorboard

        names = iter(["20260101-000000", "20260101-000001"])
        monkeypatch.setattr(tensorboard.time, "strftime", lambda _: next(names))
        for _ in range(2):
            log = self.log(tmp_path)
            log.begin(moment(0))
            log.end("failed")
        assert sorted(path.name for path in (tmp_path / "logs/gan").iterdir()) == ["20260101-000000", "20260101-000001"]


class FakeMlflow:
    """Records the calls."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def start_run(self, run_id: str | None = None, run_name: str | None = None) -> Any:
        self.calls.append(("start", run_id, run_name))
        return SimpleNamespace(info=SimpleNamespace(run_id=run_id or "abc"))

    def log_params(self, params: dict[str, str]) -> None:
        self.calls.append(("params", params))

    def log_metrics(self, metrics: dict[str, float], step: int) -> None:
        self.calls.append(("metrics", metrics, step))

    def log_image(self, image: Any, key: str, step: int) -> None:
        self.calls.append(("image", key, step, image.shape))

    def log_text(self, text: str, path: str) -> None:
        self.calls.append(("text", text.splitlines()[2], path))

    def log_artifact(self, path: str, folder: str) -> None:
        import soundfile

        self.calls.append(("sound", Path(path).name, folder, soundfile.info(path).frames))

    def end_run(self, status: str) -> None:
        self.calls.append(("end", status))


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeMlflow:
    found = FakeMlflow()
    monkeypatch.setitem(sys.modules, "mlflow", found)
    return found


def test_mlflow_gets_parameters_metrics_images_texts_and_sounds(fake: FakeMlflow, tmp_path: Path) -> None:
    log = MlflowLog("gan", tmp_path / "checkpoint", SETTINGS, samples)
    with observed(log):
        log.begin(moment(0))
        log.tick(moment(50, kid=0.25))
    assert fake.calls == [
        ("start", None, "gan"),
        ("params", {"kimg": "2.5", "given": "caption, sound", "augment": "none", "compare": "True", "depth": "3"}),
        ("metrics", {"scores/kid": 0.25}, 50),
        ("image", "generated", 50, (8, 6, 3)),
        ("image", "the_records_themselves", 50, (8, 6, 3)),
        ("text", "| one \\| two | a &lt;b> | real |", "samples/00000050.md"),
        ("sound", "00000050-0.wav", "samples", 160),
        ("end", "FINISHED"),
    ]


def test_a_resumed_run_goes_on_in_the_same_run_of_mlflow(fake: FakeMlflow, tmp_path: Path) -> None:
    for begin in (0, 40):
        log = MlflowLog("gan", tmp_path / "checkpoint", SETTINGS, None)
        log.begin(moment(begin))
        log.end("interrupted")
    assert [call for call in fake.calls if call[0] in ("start", "end")] == [
        ("start", None, "gan"),
        ("end", "KILLED"),
        ("start", "abc", None),
        ("end", "KILLED"),
    ]
    assert sum(call[0] == "params" for call in fake.calls) == 1


def test_losses_between_ticks_are_logged_at_most_500_times(fake: FakeMlflow, tmp_path: Path) -> None:
    log = MlflowLog("gan", tmp_path / "checkpoint", {}, None)
    log.begin(Moment(0, 0.0, 0.0, 0.0))
    for step in range(1, 10_001):
        log.advance(Moment(step, 0.0, step / 10_000, 0.0, {"loss_g": 1.0}))
    assert 450 <= sum(call[0] == "metrics" for call in fake.calls) <= 500


def test_without_mlflow_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(EnvironmentUnfitError, match="mlflow is not installed") as caught:
        require()
    assert (caught.value.exit_code, caught.value.fix) == (4, "pip install 'mlflow>=3.1', or omit --log-to")


def test_a_logger_that_fails_ends_no_training() -> None:
    class Fails(Observer):
        def tick(self, moment: Moment) -> None:
            raise ConnectionError("the server is gone")

    ui = Ui(silent=True)
    log = Tolerant(Fails(), "mlflow", ui)
    with observed(log):
        log.begin(moment(0))
        for step in (1, 2):
            log.tick(moment(step))
    assert ui.warnings == ["mlflow failed, and nothing more is logged: the server is gone"]


def test_a_log_that_cannot_be_opened_is_an_error_with_a_fix() -> None:
    class Fails(Observer):
        def begin(self, progress: Moment) -> None:
            raise ConnectionError("no server")

    with pytest.raises(EnvironmentUnfitError, match="mlflow cannot open a log: no server"):
        Tolerant(Fails(), "mlflow", Ui(silent=True)).begin(moment(0))


def test_a_real_mlflow_takes_all_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mlflow = pytest.importorskip("mlflow")
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri(str(tmp_path / "runs"))
    log = MlflowLog("gan", tmp_path / "checkpoint", SETTINGS, samples)
    with observed(log):
        log.begin(moment(0))
        log.tick(moment(50, kid=0.25))
    (run,) = mlflow.search_runs(output_format="list")
    assert run.data.metrics == {"scores/kid": 0.25}
    assert run.data.params["given"] == "caption, sound"
    assert run.info.status == "FINISHED"
