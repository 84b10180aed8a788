"""The network: the tokens of all given fields are one memory, to which a causal decoder of text attends.

A field that is absent or hidden is masked; one learned token is always there. The table of token vectors is shared by the
text fields, the decoder's input and its output. A second head reads a sound's own states (CTC, Graves et al. 2006).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from mmcli.core.token_ids import PAD, START
from mmcli.generators.sequence import front_ends
from mmcli.generators.sequence.front_ends import CLASSES, FRAMES, IDS, PICTURE
from mmcli.generators.sequence.pointer import Pointed, Pointer
from mmcli.nn.draws import Draws
from mmcli.nn.transformer import NEVER, DecoderBlock, Dropout, EncoderBlock, RmsNorm, as_bias, sinusoids

LAYER = "transducer"
DECODER, CTC = "decoder", "ctc"
Heard = tuple[Any, Any]  # states of a sound and their mask


class Memory(NamedTuple):
    """The tokens of all given fields of B records.

    Attributes:
        states: `[B, S, D]`.
        mask: `[B, S]`, true for tokens that are there.
        heard: For each sound its states `[B, S', D]` and mask `[B, S']` alone.
        ids: `[B, S]` of tokens that are those of a text, `PAD` of others.
    """

    states: Any
    mask: Any
    heard: dict[str, Heard]
    ids: Any


class Reading(NamedTuple):
    """A memory as the decoder reads it: key, value and bias of each block, and what can be copied, if anything can."""

    blocks: list[tuple[Any, Any, Any]]
    pointed: Pointed | None

    def repeated(self, times: int) -> Reading:
        """Each record several times in a row."""
        blocks = [(tf.repeat(key, times, 0), tf.repeat(value, times, 0), tf.repeat(bias, times, 0)) for key, value, bias in self.blocks]
        pointed = self.pointed and Pointed(*(tf.repeat(part, times, 0) for part in self.pointed))
        return Reading(blocks, pointed)


PRESENT, TEXT = "*present", "*ids"  # names of inputs beside the fields, which begin with a letter or digit


class Transducer(keras.layers.Layer):
    """See the module.

    Args:
        vocabulary: Number V of ids.
        dim: Width D of tokens.
        heads: Heads of attention.
        width: Width of the dense layers.
        encoder_layers: Blocks over the memory.
        decoder_layers: Blocks over the text.
        fields: Names of the given fields.
        forms: The form of each, see `front_ends`.
        dropout: Probability in training.
        reading: Which head reads a given sound, `decoder` or `ctc`.
        letters: Number of ids that the CTC head may write; 0 for all.
        copying: Whether tokens of given texts can be copied.
        no_repeat: Length of runs of tokens of which the most probable text of a condition should have none twice; 0 allows all.
    """

    def __init__(
        self,
        *,
        vocabulary: int,
        dim: int,
        heads: int,
        width: int,
        encoder_layers: int,
        decoder_layers: int,
        fields: list[str],
        forms: list[str],
        dropout: float,
        reading: str = DECODER,
        letters: int = 0,
        copying: bool = False,
        no_repeat: int = 0,
        **kwargs: Any,
    ) -> None:
        super().__init__(dtype="float32", autocast=False, **kwargs)
        self.vocabulary, self.dim, self.heads, self.rate, self.head = vocabulary, dim, heads, dropout, reading
        self.letters, self.no_repeat = letters or vocabulary, no_repeat
        self.fields, self.forms = list(fields), dict(zip(fields, forms, strict=True))
        make: dict[str, Any] = {
            CLASSES: lambda: front_ends.ClassTokens(dim),
            FRAMES: lambda: front_ends.FrameTokens(dim, heads, width),
            PICTURE: lambda: front_ends.PictureTokens(dim),
        }
        self.front_ends: dict[str, Any] = {name: make[form]() for name, form in self.forms.items() if form != IDS}
        self.encoder = [EncoderBlock(dim, heads, width) for _ in range(encoder_layers if fields else 0)]
        self.decoder = [DecoderBlock(dim, heads, width) for _ in range(decoder_layers)]
        self.memory_norm, self.text_norm = RmsNorm(), RmsNorm()
        self.pointer = Pointer(dim) if copying and IDS in forms else None

    def build(self, shapes: Mapping[str, Any]) -> None:
        """Create the weights; `shapes` as the inputs of `call`."""
        small = keras.initializers.RandomNormal(stddev=self.dim**-0.5)
        self.table = self.add_weight(shape=(self.vocabulary, self.dim), initializer=small, name="words")
        self.bias = self.add_weight(shape=(self.vocabulary,), initializer="zeros", name="bias")
        # 1 for tokens that stand in a train text. Of others nothing is known, such as of bytes of foreign scripts: they are not written.
        self.known = self.add_weight(shape=(self.vocabulary,), initializer="ones", trainable=False, name="known")
        self.nothing = self.add_weight(shape=(1, 1, self.dim), initializer=keras.initializers.RandomNormal(stddev=1.0), name="nothing")
        self.kinds = self.add_weight(
            shape=(max(1, len(self.fields)), self.dim), initializer=keras.initializers.RandomNormal(stddev=0.1), name="kinds"
        )
        if self.heard:
            self.ctc = self.add_weight(shape=(self.dim, self.letters), initializer="glorot_uniform", name="ctc")
            self.ctc_bias = self.add_weight(shape=(self.letters,), initializer="zeros", name="ctc_bias")
        for name, layer in self.front_ends.items():
            layer.build(shapes[name])
        blocks: list[keras.layers.Layer] = [*self.encoder, *self.decoder]
        for block in blocks:
            block.build(None)
        if self.pointer:
            self.pointer.build(None)
        self.memory_norm.build((None, self.dim))
        self.text_norm.build((None, self.dim))

    @property
    def heard(self) -> str:
        """The first given field of frames, whose states the CTC head reads; empty if there is none."""
        return next((name for name, form in self.forms.items() if form == FRAMES), "")

    def call(self, inputs: Any) -> Any:
        """Normalised states `[B T, D]` of the text `ids [B, T]` (start token first), given the fields."""
        return self.states(inputs[TEXT], self.reading(self.encode(inputs)))

    def encode(self, inputs: Mapping[str, Any], draws: Draws | None = None) -> Memory:
        """The memory.

        Args:
            inputs: `PRESENT [B, F]`, and the items of each field in network form.
            draws: Random numbers of a step of training.
        """
        drop, batch = Dropout(self.rate, draws), tf.shape(inputs[PRESENT])[0]
        none = tf.fill([batch, 1], PAD)
        ids, tokens, masks = [none], [tf.repeat(tf.convert_to_tensor(self.nothing), batch, 0)], [tf.ones([batch, 1], tf.bool)]
        heard: dict[str, Heard] = {}
        for i, name in enumerate(self.fields):
            found, mask = self._tokens(name, inputs[name], drop)
            mask &= inputs[PRESENT][:, i, None] > 0
            if self.forms[name] == FRAMES:
                heard[name] = (found, mask)
                found += self._positions(found)
            tokens.append(found + tf.convert_to_tensor(self.kinds)[i])
            masks.append(mask)
            own = inputs[name] if self.forms[name] == IDS else tf.repeat(none, tf.shape(found)[1], 1)
            ids.append(tf.where(mask, own, PAD))
        memory, mask = tf.concat(tokens, 1), tf.concat(masks, 1)
        shape = (batch, tf.shape(memory)[1])
        x, bias = drop(tf.reshape(memory, (-1, self.dim))), as_bias(mask)
        for block in self.encoder:
            x = block(x, shape, bias, drop=drop)
        return Memory(tf.reshape(self.memory_norm(x), (*shape, self.dim)), mask, heard, tf.concat(ids, 1))

    def _tokens(self, name: str, items: Any, drop: Dropout) -> tuple[Any, Any]:
        if self.forms[name] != IDS:
            found: tuple[Any, Any] = self.front_ends[name](items, drop=drop)
            return found
        return self.embedded(items), items != PAD

    def embedded(self, ids: Any) -> Any:
        """Token vectors of texts `ids [B, T]` with their positions, `[B, T, D]`."""
        return tf.gather(tf.convert_to_tensor(self.table), ids) * self.dim**0.5 + self._positions(ids)

    def _positions(self, x: Any) -> Any:
        return tf.constant(sinusoids(front_ends.LONGEST, self.dim))[: tf.shape(x)[1]]

    def reading(self, memory: Memory) -> Reading:
        """A memory as the decoder reads it."""
        shape, bias = (tf.shape(memory.states)[0], tf.shape(memory.states)[1]), as_bias(memory.mask)
        rows = tf.reshape(memory.states, (-1, self.dim))
        blocks = [(*block.cross.read(rows, shape), bias) for block in self.decoder]
        if not self.pointer:
            return Reading(blocks, None)
        vectors = tf.gather(tf.convert_to_tensor(self.table), memory.ids) * self.dim**0.5
        return Reading(blocks, self.pointer.read(memory.states, memory.ids, vectors))

    def states(self, ids: Any, reading: Reading, draws: Draws | None = None) -> Any:
        """Normalised states `[B T, D]` of texts `ids [B, T]`, each of which sees the ids up to its own position."""
        drop, shape = Dropout(self.rate, draws), (tf.shape(ids)[0], tf.shape(ids)[1])
        steps = tf.range(shape[1])
        bias = tf.where(steps[None] <= steps[:, None], 0.0, NEVER)[None, None]
        x = drop(tf.reshape(self.embedded(ids), (-1, self.dim)))
        for block, memory in zip(self.decoder, reading.blocks, strict=True):
            x = block(x, shape, bias, memory, drop=drop)
        return self.text_norm(x)

    def logits(self, states: Any, bias: Any = None) -> Any:
        """Logits `[N, V]` float32 of states `[N, D]`, with another bias `[V]` than the layer's if there is one."""
        kind = keras.config.dtype_policy().compute_dtype
        product = tf.matmul(tf.cast(states, kind), tf.cast(self.table, kind), transpose_b=True)
        return tf.cast(product, tf.float32) + (self.bias if bias is None else bias)

    def ctc_logits(self, states: Any) -> Any:
        """Logits `[B, S', letters]` float32 of a sound's own states; id 0 is the blank."""
        kind = keras.config.dtype_policy().compute_dtype
        rows = tf.matmul(tf.cast(tf.reshape(states, (-1, self.dim)), kind), tf.cast(self.ctc, kind))
        return tf.reshape(tf.cast(rows, tf.float32) + self.ctc_bias, (tf.shape(states)[0], tf.shape(states)[1], self.letters))


def network(
    *,
    vocabulary: int,
    dim: int,
    heads: int,
    width: int,
    encoder_layers: int,
    decoder_layers: int,
    dropout: float,
    fields: list[str],
    forms: list[str],
    shapes: list[str],
    reading: str = DECODER,
    letters: int = 0,
    copying: bool = False,
    no_repeat: int = 0,
) -> keras.Model:
    """Build the network.

    Args:
        vocabulary: See `Transducer`, as for the following.
        dim: Width of tokens.
        heads: Heads of attention.
        width: Width of dense layers.
        encoder_layers: Blocks over the memory.
        decoder_layers: Blocks over the text.
        dropout: Probability in training.
        fields: Names of the given fields.
        forms: Their forms.
        reading: Which head reads a given sound.
        letters: Number of ids of the CTC head.
        copying: Whether tokens of given texts can be copied.
        no_repeat: See `Transducer`.
        shapes: Shape of an item of each field in network form, such as `32x32x3`; lengths of ids and frames are any.

    Inputs `present [B, F]`, the fields, and `ids [B, T]`; output states `[B T, D]`.
    """
    inputs = {PRESENT: keras.Input((len(fields),), name=PRESENT), TEXT: keras.Input((None,), dtype="int32", name=TEXT)}
    for name, form, text in zip(fields, forms, shapes, strict=True):
        inputs[name] = _input(form, [int(n) for n in text.split("x")], name)
    layer = Transducer(
        vocabulary=vocabulary,
        dim=dim,
        heads=heads,
        width=width,
        encoder_layers=encoder_layers,
        decoder_layers=decoder_layers,
        fields=fields,
        forms=forms,
        dropout=dropout,
        reading=reading,
        letters=letters,
        copying=copying,
        no_repeat=no_repeat,
        name=LAYER,
    )
    return keras.Model(inputs, layer(inputs), name="sequence")


def _input(form: str, shape: list[int], name: str) -> Any:
    if form == IDS:
        return keras.Input((None,), dtype="int32", name=name)
    return keras.Input((None, shape[-1]) if form == FRAMES else tuple(shape), name=name)


def form_of(shape: tuple[int, ...], *, ids: bool) -> str:
    """Form of items by their shape in network form."""
    return IDS if ids else {1: CLASSES, 2: FRAMES, 3: PICTURE}[len(shape)]


def shifted(ids: Any) -> Any:
    """Texts `[B, T]` as the decoder reads them: the start token, then all but the last."""
    return tf.concat([tf.fill([tf.shape(ids)[0], 1], START), ids[:, :-1]], 1)
