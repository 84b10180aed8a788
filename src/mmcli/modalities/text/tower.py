"""Text encoders: recurrent, on word vectors, or BERT."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mmcli.core.display import visible
from mmcli.core.errors import InputError
from mmcli.core.token_ids import FIRST_WORD
from mmcli.modalities.text.bert import folder as published
from mmcli.modalities.text.bert.network import recipe as bert_recipe
from mmcli.modalities.text.bert.network import transformer
from mmcli.modalities.text.bert.pieces import piece_table
from mmcli.modalities.text.bert.shape import BertShape, read_shape
from mmcli.modalities.text.bert.tokenizer import read_tokenizer
from mmcli.modalities.text.codec import TextCodec
from mmcli.modalities.text.masked_words import MaskedWords
from mmcli.modalities.text.options import TextEncoderConfig
from mmcli.modalities.text.word_encoder import SIF, WORDS
from mmcli.modalities.text.words import formats, pooling
from mmcli.modalities.text.words.learn import METHODS as WORD_METHODS
from mmcli.modalities.text.words.learn import learn
from mmcli.modalities.text.words.vectors import Array, WordVectors
from mmcli.modalities.towers import EncoderJob
from mmcli.nn import networks_io
from mmcli.nn.networks_io import Network
from mmcli.training.epochs import fit

_WIDTHS = {"gru": 64, "lstm": 64, "bert": 128}
_WORD_WIDTH = 100
_HEAD_WIDTH = 32
_LEAST_POSITIONS = 8
_CHUNK = 4096
_PATIENCE = 3
SUFFIXES = {"word2vec": ".vec", "glove": ".txt"}


def text_tower(job: EncoderJob[TextEncoderConfig]) -> Network:
    """Build the encoder of a text field selected by `text_method`.

    Raises:
        InputError: The weights cannot be used with this data set.
        IntegrityError, SafetyError: The weights are corrupted or in a format that can run code.
    """
    codec, config = job.codec, job.config
    assert isinstance(codec, TextCodec)
    base = {**job.recipe(), "vocabulary": codec.vocabulary_size}
    if config.text_method in WORD_METHODS:
        return _over_words(job, codec, base)
    if config.text_method == "bert":
        return _published(job, codec, base) if config.text_weights else _from_scratch(job, codec, base)
    width = config.text_width or _WIDTHS[config.text_method]
    chosen = "attention" if config.pooling == "auto" else config.pooling
    return networks_io.build("text.encoder", {**base, "cell": config.text_method, "width": width, "pooling": chosen})


def _over_words(job: EncoderJob[TextEncoderConfig], codec: TextCodec, base: dict[str, Any]) -> Network:
    config = job.config
    table = _read_words(job, codec) if config.text_weights else _learn_words(job, codec)
    export_words(table, job.folder, job.field, config.word_format)
    chosen = "attention" if config.pooling == "auto" else config.pooling
    recipe = {**base, "width": table.width, "pooling": chosen, "frozen": config.frozen(bool(config.text_weights))}
    network = networks_io.build("text.words", recipe)
    vectors, _ = table.rows_for(codec.vocabulary)
    matrix = np.concatenate([np.zeros((FIRST_WORD, table.width), np.float32), vectors])
    network.model.get_layer(WORDS).set_weights([matrix])
    if chosen == "sif":
        network.model.get_layer(SIF).set_weights(list(sif_state(matrix, job.train, table, codec)))
    return network


def _learn_words(job: EncoderJob[TextEncoderConfig], codec: TextCodec) -> WordVectors:
    work = job.folder / ".counts"
    width = job.config.text_width or _WORD_WIDTH
    table = learn(job.config.text_method, job.train, codec.vocabulary, width=width, seed=job.config.seed, work=work, ui=job.ui)
    for path in work.glob("*.npy"):
        path.unlink()
    if work.exists():
        work.rmdir()
    return table


def _read_words(job: EncoderJob[TextEncoderConfig], codec: TextCodec) -> WordVectors:
    path = Path(job.config.text_weights or "")
    table = formats.read(path)
    _, found = table.rows_for(codec.vocabulary)
    if not found:
        raise InputError(
            f"no word of the field {visible(job.field)} is among the word vectors",
            visible(path),
            "give word vectors of the field's language",
        )
    job.ui.info(f"{found:,} of {len(codec.vocabulary):,} words of {visible(job.field)} have a vector")
    return table


def sif_state(matrix: Array, rows: Array, table: WordVectors, codec: TextCodec) -> tuple[Array, Array]:
    """Word weights `[V]` (0 for ids that are not words) and the common component `[w]` of train rows `[N, T]`."""
    share = dict(zip(table.words, table.probabilities(), strict=True))
    probabilities = np.array([share.get(word, 0.0) for word in codec.vocabulary])
    word_weights = np.zeros(len(matrix), dtype=np.float32)
    word_weights[FIRST_WORD:] = pooling.sif_weights(probabilities)
    gram = np.zeros((matrix.shape[1], matrix.shape[1]))
    for begin in range(0, len(rows), _CHUNK):
        ids = np.asarray(rows[begin : begin + _CHUNK])
        weight = word_weights[ids]
        pooled = np.einsum("nt,ntw->nw", weight, matrix[ids]) / np.maximum((weight > 0).sum(1, keepdims=True), 1)
        gram += pooled.T.astype(np.float64) @ pooled
    component = np.linalg.eigh(gram)[1][:, -1] if gram.any() else np.zeros(len(gram))
    return word_weights, component.astype(np.float32)


def export_words(table: WordVectors, folder: Path, field: str, form: str) -> None:
    """Export the vectors to the artifact as `words/FIELD.vec` (word2vec) or `words/FIELD.txt` (GloVe)."""
    if form == "none":
        return
    path = folder / "words" / f"{field}{SUFFIXES[form]}"
    path.parent.mkdir(exist_ok=True)
    if form == "word2vec":
        formats.write_word2vec(path, table)
    else:
        formats.write_glove(path, table)


def _published(job: EncoderJob[TextEncoderConfig], codec: TextCodec, base: dict[str, Any]) -> Network:
    """A pretrained BERT, preceded by a table that maps the data set's words to its WordPieces."""
    source, config = Path(job.config.text_weights or ""), job.config
    shape = read_shape(source)
    wordpiece = read_tokenizer(source, shape.vocabulary)
    tensors = published.read_tensors(source, shape)
    pieces = piece_table(codec.vocabulary, wordpiece)
    longest = max(
        (int((pieces[np.asarray(job.train[i : i + _CHUNK])] >= 0).sum((1, 2)).max()) for i in range(0, len(job.train), _CHUNK)), default=0
    )
    length = max(_LEAST_POSITIONS, min(shape.positions, 2 + longest + longest // 4))
    recipe = {
        **base,
        **bert_recipe(shape),
        "pooling": "mean" if config.pooling == "auto" else config.pooling,
        "pieces": int(pieces.shape[1]),
        "unknown": wordpiece.unknown,
        "start": wordpiece.start,
        "end": wordpiece.end,
        "length": length,
        "frozen": config.frozen(True),
    }
    network = networks_io.build("text.bert", recipe)
    published.assign(network.model, tensors)
    network.model.get_layer("pieces").set_weights([pieces])
    return network


def _from_scratch(job: EncoderJob[TextEncoderConfig], codec: TextCodec, base: dict[str, Any]) -> Network:
    """A small BERT on the data set's own ids, pre-trained by masked language modelling."""
    config = job.config
    width = config.text_width or _WIDTHS["bert"]
    shape = BertShape(
        vocabulary=codec.vocabulary_size + 1,
        hidden=width,
        layers=config.text_layers,
        heads=max(1, next(n for n in range(max(1, width // _HEAD_WIDTH), 0, -1) if width % n == 0)),
        inner=4 * width,
        positions=max(_LEAST_POSITIONS, codec.length),
        types=1,
    )
    body = transformer(shape, codec.length, dropout=0.1)
    trainer = MaskedWords(
        body, job.train, job.validation, vocabulary=codec.vocabulary_size, epochs=config.pretrain_epochs, seed=config.seed
    )
    if config.pretrain_epochs:
        folder = job.folder / "pretrain" / job.field
        folder.mkdir(parents=True, exist_ok=True)
        job.ui.info(f"pre-training BERT on {len(job.train):,} texts of {visible(job.field)}")
        fit(trainer, epochs=config.pretrain_epochs, patience=_PATIENCE, folder=folder, ui=job.ui, label="pretrain")
    pooled = "mean" if config.pooling == "auto" else config.pooling
    recipe = {**base, **bert_recipe(shape), "pooling": pooled, "frozen": config.frozen(False), "dropout": 0.1}
    network = networks_io.build("text.bert", recipe)
    for layer in body.layers:
        if layer.weights:
            network.model.get_layer(layer.name).set_weights(layer.get_weights())
    return network
