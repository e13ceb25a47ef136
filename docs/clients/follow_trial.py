"""Follows a trial of longtail in PyTorch, step by step, from what `longtail replay ID --write FOLDER` wrote.

    python3 follow_trial.py FOLDER

Takes linear networks, MLPs and `lenet` without dropout, trained with cross-entropy by SGD at a constant rate; images are
square. The batches and the example weights (of any mining and reweighting) are read, not computed. Prints how far the
loss of each epoch, the parameters and the test probabilities are from those that were recorded: for another loss,
optimiser or schedule, write it where it says so.

The trial has computed in 32 bits, and is held against PyTorch in 64. Beside it stands how far PyTorch in 32 bits is from
PyTorch in 64 over the same steps: the measure of what rounding alone does. Over 200 steps of `lenet` (docs/audit.md)
losses keep to 2e-7 until a pool or a relu chooses between values that are equal but for their rounding. From then on they
part: PyTorch's after 60 steps, by 2.3e-4 at most with one thread and by 2.6e-4 with two, the trial's after 110, by 2.0e-4.
With tanh for relu and means for maxima, where nothing can tip over, PyTorch's 32 and 64 bits stay within 4e-7.
"""

import csv
import json
import sys
from itertools import groupby
from pathlib import Path

import numpy as np
import torch

folder = Path(sys.argv[1])
trial = json.loads((folder / "cell.json").read_text())["trial"]
learner = trial["spec"]["learner"]["network"]
arrays = np.load(folder / "arrays.npz")
# Rows that a sampling has made, or left some out of, are learnt from in place of the training part.
learnt = "resampled" if "resampled_features" in arrays else "train"
x = torch.from_numpy(arrays[f"{learnt}_features"]).double()
y = torch.from_numpy(arrays[f"{learnt}_targets"]).long()

# The network: weights lie layer by layer, row by row, then the biases: [n_in, n_out] of dense layers, [size, size,
# channels, filters] of convolutions.
(kind, model), = learner["model"].items()
assert kind in ("linear", "mlp", "lenet"), "another network"
n_outputs, activation = int(y.max()) + 1, {"relu": torch.relu, "tanh": torch.tanh}[model.get("activation", "relu")]


def shapes(side, channels):
    out, size = [], model.get("kernel")
    for filters in model.get("filters", []):
        out.append((size, size, channels, filters))
        side, channels = (side - size + 1) // 2, filters
    widths = [side * side * channels, *model.get("hidden", model.get("units", [])), n_outputs]
    return out + list(zip(widths, widths[1:]))


def geometry(n_features, n_parameters):
    if kind != "lenet":
        return 1, n_features
    for channels in (1, 3, 4):
        side = round((n_features / channels) ** 0.5)
        n = sum(np.prod(shape) + shape[-1] for shape in shapes(side, channels))
        if side * side * channels == n_features and n == n_parameters:
            return side, channels
    sys.exit("the images are not square")


side, channels = geometry(x.shape[1], len(arrays["initial_parameters"]))


def layers(flat, dtype):
    out, start = [], 0
    for shape in shapes(side, channels):
        n = int(np.prod(shape))
        w, b = flat[start : start + n].reshape(shape), flat[start + n : start + n + shape[-1]]
        start += n + shape[-1]
        out.append([torch.tensor(part, dtype=dtype, requires_grad=True) for part in (w, b)])
    assert start == len(flat), "another network than this script knows"
    return out


def logits(network, x):
    x = x.reshape(len(x), side, side, channels)  # a row holds an image position by position
    for i, (w, b) in enumerate(network):
        if w.dim() == 4:
            x = torch.nn.functional.conv2d(x.permute(0, 3, 1, 2), w.permute(3, 2, 0, 1), b)
            x = activation(torch.nn.functional.max_pool2d(x, 2)).permute(0, 2, 3, 1)
            continue
        x = x.flatten(1) @ w + b
        if i + 1 < len(network):
            x = activation(x)
    return x


sgd = learner["training"]["optimizer"]["sgd"]
assert learner["training"]["schedule"] == {"constant": {"warmup_epochs": 0.0}}, "another schedule"
assert learner["loss"] == {"cross_entropy": {}}, "another loss"

with open(folder / "batches.csv", newline="") as file:
    by_step = groupby(csv.DictReader(file), key=lambda row: (int(row["epoch"]), row["step"]))
    steps = [
        (epoch, [int(row["index"]) for row in rows], [float(row["weight"]) for row in rows])
        for (epoch, _), rows in ((key, list(rows)) for key, rows in by_step)
    ]


def follow(dtype):
    """The mean loss of each epoch, and the last parameters."""
    network, inputs, by_epoch = layers(arrays["initial_parameters"], dtype), x.to(dtype), {}
    optimizer = torch.optim.SGD(
        [p for layer in network for p in layer],
        lr=sgd["learning_rate"],
        momentum=sgd["momentum"],
        nesterov=sgd["nesterov"],
        weight_decay=sgd["weight_decay"],
    )
    for epoch, index, weights in steps:
        of_steps = by_epoch.setdefault(epoch, [])
        if not any(weights):
            of_steps.append(0.0)
            continue  # A step in which no example counts is left out.
        losses = torch.nn.functional.cross_entropy(logits(network, inputs[index]), y[index], reduction="none")
        optimizer.zero_grad()
        loss = (losses * torch.tensor(weights, dtype=dtype)).sum()
        of_steps.append(loss.item())
        loss.backward()
        optimizer.step()
    flat = np.concatenate([p.detach().numpy().ravel() for layer in network for p in layer])
    return np.array([np.mean(of_steps) for of_steps in by_epoch.values()]), flat


def apart(a, b):
    return f"{abs(a - b).max():.1e}"


history = np.array(trial["results"]["history"]["loss"])
(curve, flat), (short_curve, short_flat) = follow(torch.float64), follow(torch.float32)
print(f"steps               {len(steps)}")
print(f"losses of epochs    differ by at most {apart(curve, history)}, from {history[0]:.4f} to {history[-1]:.4f}")
print(f"  PyTorch, 32 bits  {apart(curve, short_curve)}")
print(f"last parameters     differ by at most {apart(flat, arrays['last_parameters'])}")
print(f"  PyTorch, 32 bits  {apart(flat, short_flat)}")

with open(folder / "predictions.csv", newline="") as file:
    rows = [row for row in csv.DictReader(file) if row["part"] == "test"]
recorded = np.array([[float(v) for k, v in row.items() if k.startswith("p:")] for row in rows])
with torch.no_grad():
    best = logits(layers(arrays["best_parameters"], torch.float64), torch.from_numpy(arrays["test_features"]).double())
print(f"test probabilities  differ by at most {apart(best.softmax(1).numpy(), recorded)}")
