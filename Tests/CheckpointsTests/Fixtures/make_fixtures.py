"""Makes small checkpoints with torch.save, torch.jit.save and safetensors, and the values that torch reads from them.

usage: make_fixtures.py [OUT_DIR]   (this folder unless given)

`expected.json` holds, per file, every tensor's shape and its elements as single precision, each as the 32 bits of it.
"""
import argparse
import collections
import json
import os
import struct
import sys
import types as modules

import torch
import torch.nn as nn

arguments = argparse.ArgumentParser()
arguments.add_argument("out", nargs="?", default=os.path.dirname(os.path.abspath(__file__)))
out = arguments.parse_args().out
torch.manual_seed(5)
expected = {}


def note(name, tensors):
    def bits(tensor):
        values = tensor.detach().to(torch.float32).reshape(-1).tolist()
        return [struct.unpack("<I", struct.pack("<f", value))[0] for value in values]

    expected[name] = {key: {"shape": list(t.shape), "bits": bits(t)} for key, t in tensors.items() if t.numel() > 0}


def both(name, value, tensors):
    """Saves in both formats of torch.save."""
    torch.save(value, os.path.join(out, f"{name}.pt"))
    torch.save(value, os.path.join(out, f"{name}.legacy.pt"), _use_new_zipfile_serialization=False)
    note(f"{name}.pt", tensors)
    note(f"{name}.legacy.pt", tensors)


# Every element type, with the values at its ends.
types = {
    "f64": torch.tensor([1 / 3, -2.5, 1e300, 5e-324], dtype=torch.float64),
    "f32": torch.tensor([1 / 3, -2.5, 3.4e38, 1e-45]),
    "f16": torch.tensor([1 / 3, -2.5, 65504, 6e-8], dtype=torch.float16),
    "bf16": torch.tensor([1 / 3, -2.5, 3e38, 1e-38], dtype=torch.bfloat16),
    "i64": torch.tensor([2**62 + 1, -(2**63), 7, 2**24 + 1], dtype=torch.int64),
    "i32": torch.tensor([2**31 - 1, -(2**31), 7], dtype=torch.int32),
    "i16": torch.tensor([-32768, 32767], dtype=torch.int16),
    "i8": torch.tensor([-128, 127], dtype=torch.int8),
    "u8": torch.tensor([0, 255], dtype=torch.uint8),
    "bool": torch.tensor([True, False, True]),
}
both("types", types, types)

# Views: transposed, cut, stepped, broadcast, shared, scalar, empty.
base = torch.randn(4, 6)
views = {
    "base": base, "transposed": base.t(), "rows": base[1:3], "columns": base[:, 2:5], "stepped": base[::2, ::3],
    "permuted": torch.randn(2, 3, 4, 5).permute(3, 1, 0, 2), "broadcast": torch.randn(3, 1).expand(3, 4),
    "channels_last": torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last), "scalar": torch.tensor(2.5),
    "last": base.view(-1)[23:], "empty": torch.zeros(0, 3), "half_view": torch.randn(3, 4).half().t(),
    "double_view": torch.randn(3, 4).double()[:, 1], "tied": base,
}
both("views", views, views)

# A module's state dict: an OrderedDict with `_metadata`, and integer buffers.
module = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.Sequential(nn.Linear(3, 2)))
state = module.state_dict()
both("state", state, state)

# Parameters instead of tensors, some with attributes.
parameters = collections.OrderedDict((f"p{i}", nn.Parameter(torch.randn(2, i + 1))) for i in range(3))
both("parameters", parameters, parameters)


# What a training run of Lightning leaves: classes, objects and optimisers beside the weights.
class Opaque:
    """Pickled under the name of a class that a reader does not have."""

    def __init__(self):
        self.values = {"a": 1, "b": torch.ones(2)}


class Settings(dict):
    pass


class Rebuilt:
    def __reduce__(self):
        return (Opaque, (1, 2), {"state": 3}, iter([1, 2]), iter([("key", "value")]))


Opaque.__module__, Opaque.__qualname__, Opaque.__name__ = "pytorch_lightning.callbacks", "ModelCheckpoint", "ModelCheckpoint"
Settings.__module__, Settings.__qualname__, Settings.__name__ = "pytorch_lightning.utilities.parsing", "AttributeDict", "AttributeDict"
for klass in (Opaque, Settings):
    parts = klass.__module__.split(".")
    for length in range(1, len(parts) + 1):
        package = ".".join(parts[:length])
        sys.modules.setdefault(package, modules.ModuleType(package))
    setattr(sys.modules[klass.__module__], klass.__name__, klass)
optimizer = torch.optim.Adam(module.parameters(), betas=(0.5, 0.9))
module(torch.randn(1, 2, 5, 5)).sum().backward()
optimizer.step()
settings = Settings(learning_rate=4.5e-6, big=2**70, negative=-(2**40), name="vq", shape=torch.Size([1, 2]), text=b"abc")
lightning = {
    "epoch": 3, "global_step": 70000, "pytorch-lightning_version": "1.0.8",
    "callbacks": {Opaque: {"best": torch.tensor(0.5), "path": "x.ckpt"}}, "optimizer_states": [optimizer.state_dict()],
    "lr_schedulers": [Opaque()], "loss": torch.tensor(0.25), "state_dict": module.state_dict(),
    "hyper_parameters": settings, "device": torch.device("cpu"), "dtype": torch.float16, "rebuilt": Rebuilt(),
    "numbers": {1, 2, 3}, "complex": 1 + 2j, "storage": torch.zeros(2, dtype=torch.complex64),
}
both("lightning", lightning, module.state_dict())

# The training checkpoint of open_clip, and a state dict inside a model inside a checkpoint.
clip = {f"module.{key}": value for key, value in module.state_dict().items()}
both("open_clip", {"epoch": 1, "name": "x", "state_dict": clip, "optimizer": optimizer.state_dict(), "scaler": {}}, clip)
torch.save({"model": {"state_dict": state}, "iteration": 4}, os.path.join(out, "nested.pt"))
note("nested.pt", state)


class Block(nn.Module):
    def __init__(self, width: int, shared: nn.Module):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(width, 2).half())
        self.register_buffer("table", torch.arange(6).reshape(2, 3).t())
        self.sizes, self.flag, self.rate, self.names = [1, 2, 3], True, 0.5, ["a", "b"]
        self.shared = shared

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.shared(x) + self.sizes[0] * self.rate


class Tower(nn.Module):
    def __init__(self):
        super().__init__()
        shared = nn.Linear(2, 2)
        self.resblocks = nn.Sequential(Block(3, shared), Block(4, shared))
        self.register_buffer("input_resolution", torch.tensor(224))
        self.table: dict[str, int] = {"a": 1}
        self.nothing = None

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.resblocks(x) + self.table["a"]


tower = Tower()
torch.jit.script(tower).save(os.path.join(out, "script.pt"))
# Notes for debuggers name the paths of this machine: written again without them.
reader = torch._C.PyTorchFileReader(os.path.join(out, "script.pt"))
records = {name: reader.get_record(name) for name in reader.get_all_records() if not name.endswith(".debug_pkl")}
writer = torch._C.PyTorchFileWriter(os.path.join(out, "script.pt"))
for name, record in records.items():
    if name not in ("version", "byteorder", ".data/serialization_id"):  # the writer's own
        writer.write_record(name, record, len(record))
writer.write_end_of_file()
loaded = torch.jit.load(os.path.join(out, "script.pt")).state_dict()
note("script.pt", loaded)

with open(os.path.join(out, "expected.json"), "w") as file:
    json.dump(expected, file, separators=(",", ":"), sort_keys=True)
    file.write("\n")
