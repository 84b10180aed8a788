"""Convolutions of 4 x 4 with stride 2, "same", and their transposes, in forms that are fast on CPUs.

They equal Keras' own up to rounding, and each is the other's gradient, to any order. On a CPU:

- With few output channels (a generator's last layer, the gradient at the input of a discriminator's
  first) it is one convolution of 2 x 2 with stride 1 that computes the four pixels of each position
  as channels, which are then rearranged (sub-pixel convolution, Shi et al. 2016, arXiv 1609.05158):
  the same sums in 0.4 of the time.
- The gradient at a kernel in bfloat16 is four matrix products, in 0.4 to 0.8 of the time.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

_FEW = 4  # channels


class HalvingConv2D(keras.layers.Conv2D):
    """`Conv2D(filters, 4, strides=2, padding="same")`."""

    def __init__(self, filters: int, **kwargs: Any) -> None:
        super().__init__(filters, 4, strides=2, padding="same", **kwargs)

    def call(self, inputs: Any) -> Any:
        return _biased(self, halved(inputs, tf.cast(self.kernel, inputs.dtype)))


class DoublingConv2D(keras.layers.Conv2DTranspose):
    """`Conv2DTranspose(filters, 4, strides=2, padding="same")`."""

    def __init__(self, filters: int, **kwargs: Any) -> None:
        super().__init__(filters, 4, strides=2, padding="same", **kwargs)

    def call(self, inputs: Any) -> Any:
        shape = (2 * inputs.shape[1], 2 * inputs.shape[2])
        return _biased(self, doubled(inputs, tf.cast(self.kernel, inputs.dtype), shape))


def halved(x: tf.Tensor, kernel: tf.Tensor) -> tf.Tensor:
    """Convolution of `x [B, H, W, C]` with `kernel [4, 4, C, F]`: `[B, ceil(H / 2), ceil(W / 2), F]`."""
    shape = (x.shape[1], x.shape[2])

    @tf.custom_gradient
    def convolve(x: tf.Tensor, kernel: tf.Tensor) -> Any:
        def gradient(up: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return doubled(up, kernel, shape), _at_kernel(x, up, kernel.shape)

        return tf.nn.conv2d(x, kernel, 2, "SAME"), gradient

    return convolve(x, kernel)


def doubled(x: tf.Tensor, kernel: tf.Tensor, shape: tuple[int, int]) -> tf.Tensor:
    """Transposed convolution of `x [B, h, w, F]` with `kernel [4, 4, C, F]`: `[B, *shape, C]`, of which `halved` makes `h x w`."""

    @tf.custom_gradient
    def convolve(x: tf.Tensor, kernel: tf.Tensor) -> Any:
        def gradient(up: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            return halved(up, kernel), _at_kernel(up, x, kernel.shape)

        if kernel.shape[2] <= _FEW and _on_cpu():
            return _sub_pixel(x, kernel, shape), gradient
        return tf.nn.conv2d_transpose(x, kernel, (tf.shape(x)[0], *shape, kernel.shape[2]), 2, "SAME"), gradient

    return convolve(x, kernel)


def _biased(layer: Any, x: tf.Tensor) -> tf.Tensor:
    return tf.nn.bias_add(x, tf.cast(layer.bias, x.dtype)) if layer.use_bias else x


def _on_cpu() -> bool:
    return not tf.config.list_physical_devices("GPU")


def _before(small: int, large: int) -> int:
    """Number of zeros that "same" padding adds before `large` values to produce `small`."""
    return int((2 * (small - 1) + 4 - large) // 2)


def _sub_pixel(x: tf.Tensor, kernel: tf.Tensor, shape: tuple[int, int]) -> tf.Tensor:
    channels, filters = kernel.shape[2:]
    # Rows 2a + p and columns 2b + q of the kernel: tap (a, b) of the 2 x 2 one, pixel (p, q) of the four.
    taps = tf.transpose(tf.reshape(kernel, (2, 2, 2, 2, channels, filters)), (0, 2, 5, 1, 3, 4))
    taps = tf.reverse(tf.reshape(taps, (2, 2, filters, 4 * channels)), [0, 1])
    wide = tf.nn.depth_to_space(tf.nn.conv2d(x, taps, 1, [[0, 0], [1, 1], [1, 1], [0, 0]]), 2)
    top, left = (_before(small, large) for small, large in zip(x.shape[1:3], shape, strict=True))
    return wide[:, top : top + shape[0], left : left + shape[1]]


def _at_kernel(x: tf.Tensor, up: tf.Tensor, shape: tf.TensorShape) -> tf.Tensor:
    """Gradient at the kernel of `halved`, from its input and the gradient at its output."""
    if x.dtype != tf.bfloat16 or shape[2] <= _FEW or not _on_cpu():
        return tf.raw_ops.Conv2DBackpropFilter(input=x, filter_sizes=shape, out_backprop=up, strides=[1, 2, 2, 1], padding="SAME")
    rows, columns, filters = up.shape[1:]
    margins = [(before := _before(n, m), 2 * (n + 1) - m - before) for n, m in ((rows, x.shape[1]), (columns, x.shape[2]))]
    places = tf.nn.space_to_depth(tf.pad(x, [(0, 0), *margins, (0, 0)]), 2)
    flat = tf.reshape(up, (-1, filters))

    def product(a: int, b: int) -> tf.Tensor:
        return tf.matmul(tf.reshape(places[:, a : a + rows, b : b + columns], (-1, places.shape[-1])), flat, transpose_a=True)

    # Taps as in `_sub_pixel`: [a, b, p, q, C, F] to rows 2a + p and columns 2b + q.
    taps = tf.reshape(tf.stack([product(a, b) for a in (0, 1) for b in (0, 1)]), (2, 2, 2, 2, shape[2], filters))
    return tf.reshape(tf.transpose(taps, (0, 2, 1, 3, 4, 5)), shape)
