#!/usr/bin/env python3
"""Records the way of eight optimisers along given gradients, one folder each beside this file.

Needs torch, torch_optimizer (DiffGrad, AdamP) and safetensors. The gradients do not depend on the variables, but for
the folders of AdamP whose gradients are put at right angles to them in half of the steps: its projection then acts.
Some variables never get a gradient, some gradients are zero for a while, magnitudes lie between 1e-9 and 1e3, and
signs flip.
"""

import argparse
import json
import pathlib

import torch
import torch_optimizer
from safetensors.torch import save_file

CASES = {
    "adam": ("Adam", torch.optim.Adam, {}, (36,)),
    "adamw": ("AdamW", torch.optim.AdamW, {}, (36,)),
    "adagrad": ("Adagrad", torch.optim.Adagrad, {}, (36,)),
    "adamax": ("Adamax", torch.optim.Adamax, {}, (36,)),
    "radam": ("RAdam", torch.optim.RAdam, {}, (36,)),
    "rmsprop": ("RMSprop", torch.optim.RMSprop, {}, (36,)),
    "diffgrad": ("DiffGrad", torch_optimizer.DiffGrad, {"eps": 1e-9, "weight_decay": 1e-9}, (36,)),
    "adamp": ("AdamP", torch_optimizer.AdamP, {}, (36,)),
    "adamp-latent": ("AdamP", torch_optimizer.AdamP, {}, (1, 4, 3, 3)),
    "adamp-rows": ("AdamP", torch_optimizer.AdamP, {}, (3, 12)),
}


def gradients(generator, steps, shape):
    """A sequence with the awkward cases named above."""
    g = torch.randn((steps, *shape), generator=generator).reshape(steps, -1)
    count = g.shape[1]
    g *= 10.0 ** torch.linspace(-9, 3, count)[torch.randperm(count, generator=generator)]
    g[:, 0] = 0  # never
    g[10:25, 1] = 0  # for a while
    g[0, 2] = 0  # at first
    g[:, 3] = torch.where(torch.arange(steps) % 2 == 0, 0.5, -0.5)  # flips every time
    g[:, 4] = 0.25  # never flips
    g[20, 5] = 1e3  # one outlier
    g[:, 6:20] = torch.randn((steps, 14), generator=generator)
    return g.reshape(steps, *shape)


def record(folder, kind, shape, steps, rate, seed):
    name, make, options, _ = CASES[kind]
    generator = torch.Generator().manual_seed(seed)
    z0 = torch.randn(shape, generator=generator)
    way, used = [], gradients(generator, steps, shape)
    z = z0.clone().requires_grad_()
    optimizer = make([z], lr=rate, **options)
    for step in range(steps):
        if kind.startswith("adamp-") and step % 2:
            rows = z.detach().reshape(z.shape[0], -1)
            flat = torch.randn(rows.shape, generator=generator)
            flat -= rows * (flat * rows).sum(1, keepdim=True) / (rows * rows).sum(1, keepdim=True)
            used[step] = flat.reshape(shape)
        z.grad = used[step].clone()  # DiffGrad adds its decay in place
        optimizer.step()
        way.append(z.detach().clone())
    folder.mkdir(parents=True, exist_ok=True)
    about = {"kind": "optimizer", "optimizer": name, "lr": rate, "steps": steps}
    (folder / "about.json").write_text(json.dumps(about, indent=2) + "\n")
    save_file({"z0": z0, "gradients": used, "z": torch.stack(way)}, folder / "expected.safetensors")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--steps", type=int, default=50)
    parser.add_argument("--rate", type=float, default=0.1)
    parser.add_argument("--width", type=int, default=1, help="multiplies the last extent")
    args = parser.parse_args()
    for index, (kind, case) in enumerate(CASES.items()):
        shape = (*case[3][:-1], case[3][-1] * args.width)
        record(args.out / f"optimizer-{kind}", kind, shape, args.steps, args.rate, args.seed + index)
