"""Read the plain data of a pickle without running it.

A pickle is a program. This reader interprets the few instructions that build strings, numbers,
lists, dicts and NumPy arrays, and refuses everything else; nothing is imported or called by name.
"""

from __future__ import annotations

import pickletools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mmcli.core.display import visible
from mmcli.core.errors import InputError, SafetyError

_ARRAY_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")
_KNOWN = {*((module, "_reconstruct") for module in _ARRAY_MODULES), ("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")}
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_EMPTY = {"EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple}
_TEXTS = {"SHORT_BINSTRING", "BINSTRING", "STRING"}
_VALUES = {"BININT", "BININT1", "BININT2", "INT", "LONG1", "BINFLOAT", "BINUNICODE", "SHORT_BINUNICODE", "BINBYTES", "SHORT_BINBYTES"}
_NOTHING = {"PROTO", "FRAME", "STOP"}
_MARK = object()


@dataclass(frozen=True)
class _Name:
    module: str
    name: str


class _Array:
    """An array under construction: created empty, then given its state."""

    value: np.ndarray[Any, Any] | None = None


@dataclass
class _Dtype:
    code: str
    order: str = "|"


def load(data: bytes, where: str) -> Any:
    """Read the value of a pickle; Python 2 strings become bytes, arrays become NumPy arrays.

    Raises:
        InputError: It is truncated, or not a pickle.
        SafetyError: It contains anything but plain data and arrays of numbers.
    """
    machine = _Machine()
    try:
        for name, argument in _instructions(data, where):
            machine.step(name, argument)
        return _plain(machine.stack[-1])
    except (ValueError, IndexError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise SafetyError(
            f"the pickle contains more than plain data: {visible(error)}", where, "download it again from its publisher"
        ) from None


def _instructions(data: bytes, where: str) -> Iterator[tuple[str, Any]]:
    try:
        for opcode, argument, _ in pickletools.genops(data):
            yield opcode.name, argument
    except ValueError as error:
        raise InputError(f"the pickle is corrupted: {visible(error)}", where, "download it again from its publisher") from None


class _Machine:
    def __init__(self) -> None:
        self.stack: list[Any] = []
        self._memo: dict[int, Any] = {}

    def step(self, name: str, argument: Any) -> None:
        if name in _VALUES:
            self.stack.append(argument)
        elif name in _TEXTS:
            self.stack.append(argument.encode("latin-1"))
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        elif name == "MARK":
            self.stack.append(_MARK)
        elif name in ("BINPUT", "LONG_BINPUT", "PUT"):
            self._memo[argument] = self.stack[-1]
        elif name == "MEMOIZE":
            self._memo[len(self._memo)] = self.stack[-1]
        elif name in ("BINGET", "LONG_BINGET", "GET"):
            self.stack.append(self._memo[argument])
        elif name not in _NOTHING:
            self._build(name, argument)

    def _build(self, name: str, argument: Any) -> None:
        if name in ("TUPLE1", "TUPLE2", "TUPLE3"):
            count = int(name[-1])
            self.stack[-count:] = [tuple(self.stack[-count:])]
        elif name == "TUPLE":
            self.stack.append(tuple(self._since_mark()))
        elif name in ("APPENDS", "APPEND"):
            values = self._since_mark() if name == "APPENDS" else [self.stack.pop()]
            _expect(self.stack[-1], list).extend(values)
        elif name in ("SETITEMS", "SETITEM"):
            values = self._since_mark() if name == "SETITEMS" else [self.stack.pop(-2), self.stack.pop()]
            _expect(self.stack[-1], dict).update(zip(values[::2], values[1::2], strict=True))
        elif name == "GLOBAL":
            self.stack.append(_named(*argument.split(" ")))
        elif name == "STACK_GLOBAL":
            last = self.stack.pop()
            self.stack.append(_named(self.stack.pop(), last))
        elif name == "REDUCE":
            arguments = self.stack.pop()
            self.stack.append(_make(self.stack.pop(), arguments))
        elif name == "BUILD":
            state = self.stack.pop()
            _give_state(self.stack[-1], state)
        else:
            raise ValueError(f"instruction {name}")

    def _since_mark(self) -> list[Any]:
        at = max(i for i, value in enumerate(self.stack) if value is _MARK)
        values = self.stack[at + 1 :]
        del self.stack[at:]
        return values


def _expect(value: Any, kind: type) -> Any:
    if not isinstance(value, kind):
        raise ValueError(f"expected a {kind.__name__}")
    return value


def _named(module: str, name: str) -> _Name:
    if (module, name) not in _KNOWN:
        raise ValueError(f"{module}.{name}")
    return _Name(module, name)


def _make(function: Any, arguments: Any) -> Any:
    name = _expect(function, _Name).name
    if name == "_reconstruct":
        return _Array()
    if name == "dtype":
        return _Dtype(str(_text(arguments[0])))
    if name == "encode" and arguments[1] in ("latin1", b"latin1"):
        return str(arguments[0]).encode("latin-1")
    raise ValueError(f"a call of {name}")


def _give_state(target: Any, state: Any) -> None:
    if isinstance(target, _Dtype):
        target.order = _text(state[1])
        return
    _, shape, dtype, fortran, data = state
    kind = np.dtype(_expect(dtype, _Dtype).code)
    if kind.kind not in "buif" or not isinstance(data, bytes):
        raise ValueError("an array of objects")
    flat = np.frombuffer(data, dtype=kind.newbyteorder(dtype.order if dtype.order in "<>" else "="))
    _expect(target, _Array).value = flat.reshape(shape, order="F" if fortran else "C")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _plain(value: Any) -> Any:
    if isinstance(value, _Array):
        return value.value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, _Name | _Dtype) or value is _MARK:
        raise ValueError("a value that is not plain data")
    return value
