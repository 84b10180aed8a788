"""Differentiable augmentation of images inside the graph, the same for a real and its fake (Zhao et al. 2020, arXiv 2006.10738).

Both networks see augmented images only, so the discriminator cannot memorise a small data set, and
the augmentation does not leak into the generator as long as each kind has a probability below one.
Shifts and flips are products with one-hot matrices: exact, and with gradients of any order.
"""

from __future__ import annotations

import tensorflow as tf

from mmcli.core.streams import Purpose
from mmcli.nn.draws import Draws

KINDS = ("translation", "cutout", "colour", "flip")
_SHIFT = 1 / 8
_HOLE = 1 / 2
_LUMA = (0.299, 0.587, 0.114)
_DRAWS = 10  # uniform numbers per item
_EVERY, _TARGET = 4, 0.6
_MOST = 0.8  # at 1 the augmentation would leak into the generator


class DiffAugment:
    """Augments images `[B, H, W, C]`.

    Args:
        kinds: Some of `KINDS`; other values are ignored.
        seed: Seed of all draws, together with the step.
    """

    def __init__(self, kinds: tuple[str, ...], seed: int) -> None:
        self.kinds, self._seed = tuple(kind for kind in kinds if kind in KINDS), seed

    def draw(self, count: int | tf.Tensor, step: tf.Tensor) -> tf.Tensor:
        """Random numbers for each of `count` items at a step, `[count, 10]`; depend only on seed and step."""
        return Draws(self._seed, Purpose.GAN_AUGMENT, step).uniform((count, _DRAWS))

    def apply(self, items: tf.Tensor, draws: tf.Tensor, p: tf.Tensor) -> tf.Tensor:
        """Augment each item by its row of draws; each kind is applied with probability `p`."""
        on = tf.cast(draws[:, :4] < p, items.dtype)
        values = draws[:, 4:]
        planes = tf.transpose(items, [0, 3, 1, 2])  # products with small matrices are faster on planes
        if "colour" in self.kinds:
            planes = _recoloured(planes, values[:, 0:3], on[:, 0])
        if "translation" in self.kinds or "flip" in self.kinds:
            moves = on[:, 1, None] * (2.0 * values[:, 3:5] - 1.0) if "translation" in self.kinds else tf.zeros_like(values[:, 3:5])
            flips = on[:, 3] * tf.cast(values[:, 5] < 0.5, items.dtype) if "flip" in self.kinds else tf.zeros_like(on[:, 3])
            planes = _moved(planes, moves, flips)
        if "cutout" in self.kinds:
            # The draws of the shift also place the hole: it is independent of the image content.
            planes = planes * _hole(planes.shape, tf.reverse(values[:, 3:5], [1]), on[:, 2])
        return tf.transpose(planes, [0, 2, 3, 1])


def _recoloured(planes: tf.Tensor, values: tf.Tensor, on: tf.Tensor) -> tf.Tensor:
    """Brightness by +-0.5, then saturation by 0 to 2, then contrast by 0.5 to 1.5; alpha is unchanged.

    Together they are one affine function of the colours `[C]` of a pixel, whose offset depends on their mean:
    saturation is `M = (1 + s) I - s 1 luma`, contrast scales by `1 + k` around the mean `m` of all
    colours, so a pixel `x` becomes `(1 + k) M x + b - k m`.
    """
    channels = planes.shape[1]
    colours = min(channels, 3)
    b, s, k = on * (values[:, 0] - 0.5), on * (2.0 * values[:, 1] - 1.0), on * (values[:, 2] - 0.5)
    s = s if channels >= 3 else tf.zeros_like(s)
    luma = tf.constant(_LUMA[:colours])
    saturated = (1.0 + s)[:, None, None] * tf.eye(colours) - s[:, None, None] * luma
    means = tf.reduce_mean(planes[:, :colours], [2, 3])
    offset = b - k * tf.reduce_mean(tf.linalg.matvec(saturated, means), 1)
    matrix, offsets = (1.0 + k)[:, None, None] * saturated, tf.tile(offset[:, None], [1, colours])
    if channels > colours:
        matrix = tf.pad(matrix, [[0, 0], [0, 1], [0, 1]]) + tf.linalg.diag([0.0] * colours + [1.0])
        offsets = tf.pad(offsets, [[0, 0], [0, 1]])
    flat = tf.reshape(planes, [-1, channels, planes.shape[2] * planes.shape[3]])
    return tf.reshape(tf.matmul(matrix, flat) + offsets[:, :, None], tf.shape(planes))


def _moved(planes: tf.Tensor, moves: tf.Tensor, flips: tf.Tensor) -> tf.Tensor:
    """Shift by `moves [B, 2]` in [-1, 1] times an eighth of the side, repeating the edge, and flip horizontally if `flips` is 1."""
    height, width = planes.shape[2], planes.shape[3]
    rows = tf.range(height, dtype=tf.float32)[None] + tf.round(moves[:, :1] * height * _SHIFT)
    columns = tf.range(width, dtype=tf.float32)[None]
    columns = columns + flips[:, None] * (width - 1.0 - 2.0 * columns) + tf.round(moves[:, 1:] * width * _SHIFT)
    moved = tf.matmul(_one_hot(rows, height)[:, None], planes)
    return tf.matmul(moved, _one_hot(columns, width)[:, None], transpose_b=True)


def _one_hot(places: tf.Tensor, size: int) -> tf.Tensor:
    return tf.one_hot(tf.cast(tf.clip_by_value(places, 0.0, size - 1.0), tf.int32), size)


def _hole(shape: tf.TensorShape, centres: tf.Tensor, on: tf.Tensor) -> tf.Tensor:
    """0 inside a rectangle of half the height and width around `centres [B, 2]` in [0, 1], otherwise 1."""
    inside = []
    for axis, side in enumerate((shape[2], shape[3])):
        place = tf.range(side, dtype=tf.float32)[None] - tf.floor(centres[:, axis : axis + 1] * side) + side * _HOLE / 2
        inside.append(tf.cast((place >= 0) & (place < side * _HOLE), tf.float32))
    return 1.0 - _per_item(on) * (inside[0][:, None, :, None] * inside[1][:, None, None, :])


def _per_item(values: tf.Tensor) -> tf.Tensor:
    return values[:, None, None, None]


class AdaptiveProbability:
    """Raises the probability of augmentation while D overfits to real items, and lowers it otherwise (ADA, Karras et al. 2020).

    Every fourth step p moves in the direction of sign(E[sign] - 0.6), at a rate of 0 to 1 in 500,000 items.

    Args:
        wanted: A number, `auto` to derive it from the number of records, or `adaptive`.
        num_records: Number of train records.
        batch_size: Number of items per step.

    Attributes:
        p: The probability; fixed unless adaptive.
    """

    def __init__(self, wanted: str, num_records: int, batch_size: int) -> None:
        self._adaptive, self._move = wanted == "adaptive", batch_size * _EVERY / 500_000
        first = 0.0 if self._adaptive else probability_for(num_records) if wanted == "auto" else float(wanted)
        first_device = tf.VariableAggregation.ONLY_FIRST_REPLICA
        self.p = tf.Variable(first, dtype=tf.float32, trainable=False, aggregation=first_device)
        self._signs = tf.Variable(0.0, dtype=tf.float32, trainable=False, aggregation=first_device)

    @property
    def variables(self) -> list[tf.Variable]:
        """State for a checkpoint."""
        return [self.p, self._signs]

    def update(self, signs: tf.Tensor, step: tf.Tensor) -> None:
        """Accumulate the mean sign of a step; inside a graph."""
        if not self._adaptive:
            return
        # Without a branch: devices cannot synchronise inside one.
        due = tf.cast(step % _EVERY == _EVERY - 1, tf.float32)
        mean = self._signs + signs / _EVERY
        self.p.assign(tf.clip_by_value(self.p + due * self._move * tf.sign(mean - _TARGET), 0.0, _MOST))
        self._signs.assign(mean * (1.0 - due))


def probability_for(num_records: int) -> float:
    """Fixed probability by the number of records: 0.5 for small data sets, falling to 0 at 100,000."""
    return min(0.5, max(0.0, (1e5 - num_records) * 3e-6))
