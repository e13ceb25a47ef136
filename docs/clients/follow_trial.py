"""Follows a trial of longtail in PyTorch, step by step, from what `longtail replay ID --write FOLDER` wrote.

    python3 follow_trial.py FOLDER

Takes linear networks, MLPs and `lenet` without dropout, trained with cross-entropy by SGD at a constant rate; images are
square. The batches and the example weights (of any mining and reweighting) are read, not computed. Prints how far the
loss of each epoch, the parameters and the test probabilities are from those that were recorded: for another loss,
optimiser or schedule, write it where it says so.
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
# In 64 bits: what is left of the difference is the rounding of 32 bits in the trial.
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


def layers(flat):
    flat = flat.astype("float64")
    out, start = [], 0
    for shape in shapes(side, channels):
        n = int(np.prod(shape))
        w, b = flat[start : start + n].reshape(shape), flat[start + n : start + n + shape[-1]]
        start += n + shape[-1]
        out.append([torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True)])
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


network = layers(arrays["initial_parameters"])
sgd = learner["training"]["optimizer"]["sgd"]
optimizer = torch.optim.SGD(
    [p for layer in network for p in layer],
    lr=sgd["learning_rate"],
    momentum=sgd["momentum"],
    nesterov=sgd["nesterov"],
    weight_decay=sgd["weight_decay"],
)
assert learner["training"]["schedule"] == {"constant": {"warmup_epochs": 0.0}}, "another schedule"
assert learner["loss"] == {"cross_entropy": {}}, "another loss"

by_epoch = {}
with open(folder / "batches.csv", newline="") as file:
    for n_steps, ((epoch, _), rows) in enumerate(
        groupby(csv.DictReader(file), key=lambda row: (int(row["epoch"]), row["step"])), 1
    ):
        rows = list(rows)
        index = torch.tensor([int(row["index"]) for row in rows])
        weights = torch.tensor([float(row["weight"]) for row in rows]).double()
        of_steps = by_epoch.setdefault(epoch, [])
        if not weights.any():
            of_steps.append(0.0)
            continue  # A step in which no example counts is left out.
        losses = torch.nn.functional.cross_entropy(logits(network, x[index]), y[index], reduction="none")
        optimizer.zero_grad()
        loss = (losses * weights).sum()
        of_steps.append(loss.item())
        loss.backward()
        optimizer.step()

flat = np.concatenate([p.detach().numpy().ravel() for layer in network for p in layer])
history = np.array(trial["results"]["history"]["loss"])
curve = np.array([np.mean(of_steps) for of_steps in by_epoch.values()])
print(f"steps               {n_steps}")
print(f"losses of epochs    differ by at most {abs(curve - history).max():.1e}, from {history[0]:.4f} to {history[-1]:.4f}")
print(f"last parameters     differ by at most {abs(flat - arrays['last_parameters']).max():.1e}")

with open(folder / "predictions.csv", newline="") as file:
    rows = [row for row in csv.DictReader(file) if row["part"] == "test"]
recorded = np.array([[float(v) for k, v in row.items() if k.startswith("p:")] for row in rows])
with torch.no_grad():
    best = logits(layers(arrays["best_parameters"]), torch.from_numpy(arrays["test_features"]).double())
print(f"test probabilities  differ by at most {abs(best.softmax(1).numpy() - recorded).max():.1e}")
