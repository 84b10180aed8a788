"""Convolutions between pictures of a few channels and maps of half their size, and back.

Kernels are 4 x 4 with stride 2, "same". CPU libraries are slow where a convolution *makes* few
channels: the transposed one of a generator's last layer, and the gradient at the input of a
discriminator's first. Both are one convolution of 2 x 2 with stride 1 that makes the four pixels
of each place as channels, which are then spread out (sub-pixel convolution, Shi et al. 2016,
arXiv 1609.05158): the same sums in 0.4 of the time. Each is the other's gradient, to any order.
"""

from __future__ import annotations

from typing import Any

import keras
import tensorflow as tf

MOST_CHANNELS = 4


class ThinConv2D(keras.layers.Conv2D):
    """`Conv2D(filters, 4, strides=2, padding="same")` for inputs of few channels."""

    def __init__(self, filters: int, **kwargs: Any) -> None:
        super().__init__(filters, 4, strides=2, padding="same", **kwargs)

    def call(self, inputs: Any) -> Any:
        x = halved(inputs, tf.cast(self.kernel, inputs.dtype))
        return tf.nn.bias_add(x, tf.cast(self.bias, x.dtype))


class ThinConv2DTranspose(keras.layers.Conv2DTranspose):
    """`Conv2DTranspose(filters, 4, strides=2, padding="same")` for few filters."""

    def __init__(self, filters: int, **kwargs: Any) -> None:
        super().__init__(filters, 4, strides=2, padding="same", **kwargs)

    def call(self, inputs: Any) -> Any:
        shape = (2 * inputs.shape[1], 2 * inputs.shape[2])
        x = doubled(inputs, tf.cast(self.kernel, inputs.dtype), shape)
        return tf.nn.bias_add(x, tf.cast(self.bias, x.dtype))


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

        return _sub_pixel(x, kernel, shape), gradient

    return convolve(x, kernel)


def _sub_pixel(x: tf.Tensor, kernel: tf.Tensor, shape: tuple[int, int]) -> tf.Tensor:
    channels, filters = kernel.shape[2:]
    # Rows 2a + p and columns 2b + q of the kernel: tap (a, b) of the 2 x 2 one, pixel (p, q) of the four.
    taps = tf.transpose(tf.reshape(kernel, (2, 2, 2, 2, channels, filters)), (0, 2, 5, 1, 3, 4))
    taps = tf.reverse(tf.reshape(taps, (2, 2, filters, 4 * channels)), [0, 1])
    wide = tf.nn.depth_to_space(tf.nn.conv2d(x, taps, 1, [[0, 0], [1, 1], [1, 1], [0, 0]]), 2)
    # What the "same" padding of `halved` added before the first row and column.
    top, left = ((2 * (small - 1) + 4 - large) // 2 for small, large in zip(x.shape[1:3], shape, strict=True))
    return wide[:, top : top + shape[0], left : left + shape[1]]


def _at_kernel(x: tf.Tensor, up: tf.Tensor, shape: tf.TensorShape) -> tf.Tensor:
    return tf.raw_ops.Conv2DBackpropFilter(input=x, filter_sizes=shape, out_backprop=up, strides=[1, 2, 2, 1], padding="SAME")
