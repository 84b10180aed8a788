"""The `compact` image GAN and its training step in PyTorch, as fast as PyTorch lets it be.

The same networks, objective and lazy penalties as `mmcli.generators.gan.pairing_gan`. One step has two
forms: `two-pass`, as GANs are usually written (one pass of D for D's step, another for G's), and
`one-pass`, which takes G's gradient from D's pass as mmcli does.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

_EPSILON = 1e-3  # of both normalisations in Keras


@dataclass(frozen=True)
class Shape:
    """What the networks are built for.

    Attributes:
        height, width, colours: Of a picture; both sides a power of two times 4.
        condition: Width of the condition.
        noise: Width of z.
        channels: Width of the first level.
    """

    height: int
    width: int
    colours: int
    condition: int
    noise: int = 64
    channels: int = 32

    @property
    def levels(self) -> int:
        """How often a picture is halved."""
        return round(math.log2(min(self.height, self.width) / 4))

    def at(self, level: int) -> int:
        """Channels of a level."""
        return self.channels * min(2**level, 8)


class Normalised(nn.Module):
    """Batch normalisation, conditional affine, ReLU."""

    def __init__(self, channels: int, embedding: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, eps=_EPSILON, momentum=0.02)
        self.scale = nn.Parameter(torch.zeros(embedding, channels))
        self.shift = nn.Parameter(torch.zeros(embedding, channels))

    def forward(self, x: Tensor, e: Tensor) -> Tensor:
        scale, shift = (e @ w for w in (self.scale, self.shift))
        return functional.relu(self.norm(x) * (1 + scale[:, :, None, None]) + shift[:, :, None, None])


class Generator(nn.Module):
    """Noise and condition to pictures `[B, C, H, W]`."""

    def __init__(self, shape: Shape, embedding: int = 64) -> None:
        super().__init__()
        self.shape, top = shape, shape.levels - 1
        self.embed = nn.Linear(shape.condition, embedding, bias=False)
        self.rows, self.columns = shape.height >> shape.levels, shape.width >> shape.levels
        self.first = nn.Linear(shape.noise + embedding, self.rows * self.columns * shape.at(top), bias=False)
        widths = [shape.at(level) for level in reversed(range(shape.levels))]
        self.norms = nn.ModuleList(Normalised(w, embedding) for w in widths)
        self.convs = nn.ModuleList(nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False) for a, b in itertools.pairwise(widths))
        self.last = nn.ConvTranspose2d(widths[-1], shape.colours, 4, 2, 1)

    def forward(self, z: Tensor, c: Tensor) -> Tensor:
        e = functional.layer_norm(self.embed(c), (self.embed.out_features,), eps=_EPSILON)
        x = self.first(torch.cat([z, e], 1)).view(len(z), -1, self.rows, self.columns)
        if self.last.weight.is_contiguous(memory_format=torch.channels_last) and not self.last.weight.is_contiguous():
            x = x.contiguous(memory_format=torch.channels_last)
        x = self.norms[0](x, e)
        for conv, norm in zip(self.convs, self.norms[1:], strict=True):
            x = norm(conv(x), e)
        with torch.autocast("cpu", enabled=False):
            return torch.tanh(self.last(x.float()))


class Discriminator(nn.Module):
    """Pictures and conditions to a base logit, a feature and an embedded condition."""

    def __init__(self, shape: Shape, projection: int = 128) -> None:
        super().__init__()
        widths = [shape.colours, *(shape.at(level) for level in range(shape.levels))]
        self.convs = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in itertools.pairwise(widths))
        flat = widths[-1] * (shape.height >> shape.levels) * (shape.width >> shape.levels)
        self.feature, self.logit = nn.Linear(flat, projection), nn.Linear(flat, 1)
        self.embedded = nn.Linear(shape.condition, projection)

    def forward(self, x: Tensor, c: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        for conv in self.convs:
            x = functional.leaky_relu(conv(x), 0.2)
        with torch.autocast("cpu", enabled=False):
            flat = x.flatten(1).float()
            return self.logit(flat)[:, 0], self.feature(flat), self.embedded(c)


@dataclass(frozen=True)
class Setting:
    """How PyTorch is told to run.

    Attributes:
        one_pass: G's gradient from D's pass.
        channels_last: Memory format.
        bf16: Autocast to bfloat16.
        compiled: `torch.compile` for everything that is not differentiated twice, which it refuses.
    """

    one_pass: bool
    channels_last: bool
    bf16: bool
    compiled: bool

    @property
    def name(self) -> str:
        """For the table."""
        parts = ["one pass" if self.one_pass else "two passes", "bf16" if self.bf16 else "fp32"]
        return ", ".join([*parts, *(["channels-last"] if self.channels_last else []), *(["compiled"] if self.compiled else [])])


class Trainer:
    """The training step."""

    def __init__(self, shape: Shape, rows: np.ndarray, conditions: np.ndarray, options: dict[str, Any], setting: Setting) -> None:
        self.options, self.setting, self.noise = options, setting, shape.noise
        self.rows, self.conditions = torch.from_numpy(rows).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(conditions)
        layout = {"memory_format": torch.channels_last} if setting.channels_last else {}
        self.g, self.average = Generator(shape).to(**layout), Generator(shape).to(**layout)
        self.d = Discriminator(shape).to(**layout)
        self.average.load_state_dict(self.g.state_dict())
        adam = {"lr": options["learning_rate"], "betas": (0.5, 0.99), "eps": 1e-7, "fused": True}
        self.adam_g, self.adam_d = torch.optim.Adam(self.g.parameters(), **adam), torch.optim.Adam(self.d.parameters(), **adam)
        self.make, self.judge = (torch.compile(self.g), torch.compile(self.d)) if setting.compiled else (self.g, self.d)
        self.layout = layout

    def batch(self, indices: np.ndarray) -> tuple[Tensor, Tensor]:
        """Real pictures in [-1, 1] and their conditions."""
        chosen = torch.from_numpy(indices)
        return (self.rows[chosen].float() / 127.5 - 1).contiguous(**self.layout), self.conditions[chosen].float()

    def step(self, number: int, indices: np.ndarray) -> float:
        """One step of both networks; D's loss."""
        real, c = self.batch(indices)
        z = torch.randn(len(real), self.noise)
        with self._autocast():
            fake = self.make(z, c)
        penalised = number % self.options["penalty_interval"] == 0
        loss = self._one_pass(real, fake, c, penalised) if self.setting.one_pass else self._two_passes(real, fake, c, penalised)
        self._follow(number)
        return loss

    def _autocast(self) -> contextlib.AbstractContextManager[Any]:
        return torch.autocast("cpu", torch.bfloat16) if self.setting.bf16 else contextlib.nullcontext()

    def margin(self, both: Tensor, c: Tensor, penalised: bool) -> tuple[Tensor, Tensor, Tensor]:
        """D(real) - D(fake) `[B]`, the loss of mismatched pairs, and the sum of the logits."""
        with self._autocast():
            base, feature, embedded = (self.d if penalised else self.judge)(both, torch.cat([c, c]))
        scale = feature.shape[-1] ** -0.5
        logit = base + (feature * embedded).sum(-1) * scale
        real, fake = logit.chunk(2)
        mismatch = torch.zeros(())
        if self.options["mismatch"] > 0:
            wrong = base[: len(real)] + (feature[: len(real)] * embedded[: len(real)].roll(1, 0)).sum(-1) * scale
            differs = (functional.cosine_similarity(c, c.roll(1, 0)) < 0.9).float()
            mismatch = self.options["mismatch"] * (differs * functional.softplus(wrong - real)).mean()
        return real - fake, mismatch, logit.sum()

    def d_loss(self, both: Tensor, c: Tensor, penalised: bool) -> tuple[Tensor, Tensor, Tensor, Tensor | None]:
        """Pairing loss, whole loss of D, margin, and the gradient at the pictures where it was needed."""
        margin, mismatch, total = self.margin(both, c, penalised)
        loss = functional.softplus(-margin).mean()
        if not penalised:
            return loss, loss + mismatch, margin, None
        (at_both,) = torch.autograd.grad(total, both, create_graph=True)
        penalty = 2 * at_both.float().square().sum((1, 2, 3)).mean()
        weight = self.options["gamma"] * self.options["penalty_interval"] / 2
        return loss, loss + mismatch + weight * penalty, margin, at_both

    def _one_pass(self, real: Tensor, fake: Tensor, c: Tensor, penalised: bool) -> float:
        both = torch.cat([real, fake.detach()]).requires_grad_()
        loss, total, margin, at_both = self.d_loss(both, c, penalised)
        self.adam_d.zero_grad()
        if penalised:
            total.backward(inputs=list(self.d.parameters()))
            slope = -torch.sigmoid(margin.detach()) / len(margin)
            at_fake = at_both.detach().chunk(2)[1]
        else:
            total.backward()
            slope = -torch.exp(margin.detach().clamp(-20, 20))
            at_fake = both.grad.chunk(2)[1]
        self.adam_g.zero_grad()
        fake.backward(slope[:, None, None, None] * at_fake)
        self.adam_d.step()
        self.adam_g.step()
        return float(loss.detach())

    def _two_passes(self, real: Tensor, fake: Tensor, c: Tensor, penalised: bool) -> float:
        both = torch.cat([real, fake.detach()]).requires_grad_(penalised)
        loss, total, _, _ = self.d_loss(both, c, penalised)
        self.adam_d.zero_grad()
        total.backward(inputs=list(self.d.parameters()))
        self.adam_d.step()
        self.d.requires_grad_(False)
        margin, _, _ = self.margin(torch.cat([real, fake]), c, penalised)
        self.adam_g.zero_grad()
        functional.softplus(margin).mean().backward()
        self.adam_g.step()
        self.d.requires_grad_(True)
        return float(loss.detach())

    @torch.no_grad()
    def _follow(self, number: int) -> None:
        rate = 1 - min(self.options["ema_decay"], (1 + number) / (10 + number))
        states = zip(self.average.state_dict().values(), self.g.state_dict().values(), strict=True)
        pairs = [(mean, value) for mean, value in states if mean.is_floating_point()]
        torch._foreach_lerp_([mean for mean, _ in pairs], [value for _, value in pairs], rate)


def settings() -> list[Setting]:
    """Everything worth trying on a CPU."""
    kinds = [(layout, bf16, False) for bf16 in (False, True) for layout in (False, True)] + [(True, False, True), (True, True, True)]
    return [Setting(one_pass, *kind) for one_pass in (False, True) for kind in kinds]
