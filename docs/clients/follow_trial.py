"""Follows a trial of longtail in PyTorch, step by step, from what `longtail replay ID --write FOLDER` wrote.

    python3 follow_trial.py FOLDER

Takes linear networks and MLPs without dropout, trained with cross-entropy by SGD at a constant rate; the batches and
the example weights (of any mining and reweighting) are read, not computed. Prints how far the parameters and the test
probabilities are from those that were recorded: for another loss, optimiser or schedule, write it where it says so.
"""

import csv
import json
import sys
from itertools import groupby
from pathlib import Path

import numpy as np
import torch

folder = Path(sys.argv[1])
learner = json.loads((folder / "cell.json").read_text())["trial"]["spec"]["learner"]["network"]
arrays = np.load(folder / "arrays.npz")
# In 64 bits: what is left of the difference is the rounding of 32 bits in the trial.
# Rows that a sampling has made, or left some out of, are learnt from in place of the training part.
learnt = "resampled" if "resampled_features" in arrays else "train"
x = torch.from_numpy(arrays[f"{learnt}_features"]).double()
y = torch.from_numpy(arrays[f"{learnt}_targets"]).long()

# The network: weights lie layer by layer, [n_in, n_out] row by row, then the biases.
(kind, model), = learner["model"].items()
widths = [x.shape[1], *(model["hidden"] if kind == "mlp" else []), int(y.max()) + 1]
activation = {"relu": torch.relu, "tanh": torch.tanh}[model.get("activation", "relu")]


def layers(flat):
    flat = flat.astype("float64")
    out, start = [], 0
    for n_in, n_out in zip(widths, widths[1:]):
        w = flat[start : start + n_in * n_out].reshape(n_in, n_out)
        b = flat[start + n_in * n_out : start + (n_in + 1) * n_out]
        start += (n_in + 1) * n_out
        out.append([torch.tensor(w, requires_grad=True), torch.tensor(b, requires_grad=True)])
    assert start == len(flat), "another network than this script knows"
    return out


def logits(network, x):
    for i, (w, b) in enumerate(network):
        x = x @ w + b
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

with open(folder / "batches.csv", newline="") as file:
    for step, rows in groupby(csv.DictReader(file), key=lambda row: row["step"]):
        rows = list(rows)
        index = torch.tensor([int(row["index"]) for row in rows])
        weights = torch.tensor([float(row["weight"]) for row in rows]).double()
        if not weights.any():
            continue  # A step in which no example counts is left out.
        losses = torch.nn.functional.cross_entropy(logits(network, x[index]), y[index], reduction="none")
        optimizer.zero_grad()
        (losses * weights).sum().backward()
        optimizer.step()

flat = np.concatenate([p.detach().numpy().ravel() for layer in network for p in layer])
print(f"steps               {int(step) + 1}")
print(f"last parameters     differ by at most {abs(flat - arrays['last_parameters']).max():.1e}")

with open(folder / "predictions.csv", newline="") as file:
    rows = [row for row in csv.DictReader(file) if row["part"] == "test"]
recorded = np.array([[float(v) for k, v in row.items() if k.startswith("p:")] for row in rows])
with torch.no_grad():
    best = logits(layers(arrays["best_parameters"]), torch.from_numpy(arrays["test_features"]).double())
print(f"test probabilities  differ by at most {abs(best.softmax(1).numpy() - recorded).max():.1e}")
