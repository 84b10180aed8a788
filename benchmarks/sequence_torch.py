"""The text generator's network in PyTorch, as fast as PyTorch lets it be; see `sequence_twin.py`."""

from __future__ import annotations

from typing import Any

import torch
from sequence_twin import DIM, DROPOUT, FIRST_ID, HEADS, LAYERS, SMOOTHING, VOCABULARY
from torch import nn
from torch.nn import functional


class Norm(nn.Module):
    """Root mean square normalisation."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(DIM))

    def forward(self, x: Any) -> Any:
        return functional.rms_norm(x.float(), (DIM,), self.scale, 1e-6)


def heads(x: Any, parts: int) -> Any:
    """`[B, T, parts D]` to `[parts, B, heads, T, D / heads]`."""
    return x.view(x.shape[0], -1, parts, HEADS, DIM // HEADS).permute(2, 0, 3, 1, 4)


def merged(x: Any) -> Any:
    """`[B, heads, T, D / heads]` to `[B, T, D]`."""
    return x.transpose(1, 2).reshape(x.shape[0], -1, DIM)


class Block(nn.Module):
    """Attention, attention to a memory in the decoder, dense layers; each added to its input."""

    def __init__(self, *, cross: bool) -> None:
        super().__init__()
        self.norm, self.norm_2, self.qkv, self.out = Norm(), Norm(), nn.Linear(DIM, 3 * DIM), nn.Linear(DIM, DIM)
        self.widen, self.narrow, self.cross = nn.Linear(DIM, 2 * DIM), nn.Linear(2 * DIM, DIM), cross
        if cross:
            self.norm_3, self.ask, self.read, self.out_2 = Norm(), nn.Linear(DIM, DIM), nn.Linear(DIM, 2 * DIM), nn.Linear(DIM, DIM)

    def forward(self, x: Any, mask: Any, memory: Any = None, memory_mask: Any = None, past: Any = None) -> Any:
        drop = DROPOUT if self.training else 0.0
        query, key, value = heads(self.qkv(self.norm(x)), 3)
        if past is not None:
            key, value = torch.cat([past[0], key], 2), torch.cat([past[1], value], 2)
        causal = mask is None and past is None
        mixed = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask, is_causal=causal)
        x = x + functional.dropout(self.out(merged(mixed)), drop)
        if self.cross:
            mixed = functional.scaled_dot_product_attention(heads(self.ask(self.norm_3(x)), 1)[0], *memory, attn_mask=memory_mask)
            x = x + functional.dropout(self.out_2(merged(mixed)), drop)
        x = x + functional.dropout(self.narrow(functional.relu(self.widen(self.norm_2(x)))), drop)
        return x, (key, value)


class Network(nn.Module):
    """Encoder and decoder with one table of token vectors."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.bias = nn.Embedding(VOCABULARY, DIM), nn.Parameter(torch.zeros(VOCABULARY))
        nn.init.normal_(self.table.weight, std=DIM**-0.5)
        self.encoder = nn.ModuleList(Block(cross=False) for _ in range(LAYERS))
        self.decoder = nn.ModuleList(Block(cross=True) for _ in range(LAYERS))
        self.memory_norm, self.text_norm = Norm(), Norm()
        self.register_buffer("places", torch.randn(64, DIM))

    def embedded(self, ids: Any, begin: int = 0) -> Any:
        drop = DROPOUT if self.training else 0.0
        return functional.dropout(self.table(ids) * DIM**0.5 + self.places[begin : begin + ids.shape[1]], drop)

    def memory(self, source: Any) -> tuple[list[Any], Any]:
        mask = (source != 0)[:, None, None, :]
        x = self.embedded(source)
        for block in self.encoder:
            x, _ = block(x, mask)
        x = self.memory_norm(x)
        return [heads(block.read(x), 2) for block in self.decoder], mask

    def loss(self, source: Any, target: Any) -> Any:
        memories, mask = self.memory(source)
        x = self.embedded(functional.pad(target, (1, 0), value=2)[:, :-1])
        for block, memory in zip(self.decoder, memories, strict=True):
            x, _ = block(x, None, memory, mask)
        rows, ids = self.text_norm(x).reshape(-1, DIM), target.reshape(-1)
        real = (ids != 0).nonzero()[:, 0]
        logits = functional.linear(rows[real], self.table.weight, self.bias)
        return functional.cross_entropy(logits.float(), ids[real], label_smoothing=SMOOTHING)

    def write(self, source: Any, most: int, *, cache: bool) -> Any:
        memories, mask = self.memory(source)
        ids = torch.full((len(source), 1), 2)
        past: list[Any] = [None] * LAYERS
        none = torch.zeros(len(source), HEADS, 0, DIM // HEADS)
        for t in range(most):
            x = self.embedded(ids[:, -1:], t) if cache else self.embedded(ids)
            for i, (block, memory) in enumerate(zip(self.decoder, memories, strict=True)):
                x, past[i] = block(x, None, memory, mask, (past[i] or (none, none)) if cache else None)
            logits = functional.linear(self.text_norm(x[:, -1]), self.table.weight, self.bias)
            logits[:, :FIRST_ID] = -1e9
            ids = torch.cat([ids, logits.argmax(-1, keepdim=True)], 1)
        return ids[:, 1:]
