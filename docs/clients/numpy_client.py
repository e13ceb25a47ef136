"""A NumPy implementation under `longtail check --against`: one JSON request a line, one JSON answer a line.

longtail check cross_entropy focal binary_cross_entropy --against 'python3 docs/clients/numpy_client.py'
"""

import json
import sys

import numpy as np


def cross_entropy(z, y, _):
    p, ln_p = softmax(z)
    rows = np.arange(len(y))
    return -ln_p[rows, y], p - np.eye(z.shape[1])[y]


def focal(z, y, parameters):
    if parameters["form"] != "softmax":
        raise NotImplementedError("the sigmoid form")
    gamma, alpha = parameters["gamma"], parameters["alpha"]
    rows = np.arange(len(y))
    p, ln_p = softmax(z)
    p_y, ln_p_y = p[rows, y], ln_p[rows, y]
    rest = np.where(np.eye(z.shape[1])[y] == 1, 0, p).sum(axis=1)  # 1 - p_y without cancellation
    weight = (1.0 if alpha is None else np.asarray(alpha)[y]) * rest**gamma
    ratio = np.divide(ln_p_y, rest, out=-np.ones_like(rest), where=rest > 0)  # its limit where p_y is 1
    focus = weight * (1 - gamma * p_y * ratio)
    return -weight * ln_p_y, focus[:, None] * (p - np.eye(z.shape[1])[y])


def binary_cross_entropy(z, y, _):
    t = np.eye(max(2, z.shape[1]))[y][:, -z.shape[1] :]  # two classes share the logit of class 1
    losses = np.logaddexp(0, np.where(t == 1, -z, z))
    return losses.sum(axis=1), np.exp(-np.logaddexp(0, -z)) - t


def softmax(z):
    ln_p = z - z.max(axis=1, keepdims=True)
    ln_p -= np.log(np.exp(ln_p).sum(axis=1, keepdims=True))
    return np.exp(ln_p), ln_p


LOSSES = {f.__name__: f for f in (cross_entropy, focal, binary_cross_entropy)}

for line in sys.stdin:
    request = json.loads(line)
    [(name, parameters)] = request["loss"].items()
    answer = {"id": request["id"]}
    try:
        loss, gradient = LOSSES[name](np.array(request["logits"]), np.array(request["targets"]), parameters)
        answer |= {"losses": loss.tolist(), "gradient": gradient.tolist()}
    except (KeyError, NotImplementedError) as missing:
        answer["unsupported"] = str(missing)
    print(json.dumps(answer), flush=True)
