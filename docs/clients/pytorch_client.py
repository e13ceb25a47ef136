"""A PyTorch implementation under `longtail check --against`: gradients come from autograd.

longtail check cross_entropy focal label_smoothing --against 'python3 docs/clients/pytorch_client.py'
"""

import json
import sys

import torch
import torch.nn.functional as F


def cross_entropy(z, y, request, _):
    return F.cross_entropy(z, y)


def weighted_cross_entropy(z, y, request, parameters):
    if parameters["scheme"] != {"inverse": {}} or parameters["reduction"] != "weighted_mean":
        raise NotImplementedError("other schemes and reductions")
    return F.cross_entropy(z, y, weight=1 / torch.tensor(request["counts"], dtype=z.dtype))


def label_smoothing(z, y, request, parameters):
    if parameters["loss"] != {"cross_entropy": {}}:
        raise NotImplementedError("smoothing of other losses")
    return F.cross_entropy(z, y, label_smoothing=parameters["epsilon"])


def focal(z, y, request, parameters):
    if parameters["form"] != "softmax" or parameters["alpha"] is not None:
        raise NotImplementedError("the sigmoid form and alpha")
    ln_p = F.log_softmax(z, dim=1).gather(1, y[:, None]).squeeze(1)
    return (-(-torch.expm1(ln_p)) ** parameters["gamma"] * ln_p).mean()


LOSSES = {f.__name__: f for f in (cross_entropy, weighted_cross_entropy, label_smoothing, focal)}

for line in sys.stdin:
    request = json.loads(line)
    [(name, parameters)] = request["loss"].items()
    z = torch.tensor(request["logits"], dtype=torch.float64, requires_grad=True)
    answer = {"id": request["id"]}
    try:
        value = LOSSES[name](z, torch.tensor(request["targets"]), request, parameters)
        value.backward()  # the loss of the batch, and its gradient
        answer |= {"value": value.item(), "gradient": z.grad.tolist()}
    except (KeyError, NotImplementedError) as missing:
        answer["unsupported"] = str(missing)
    print(json.dumps(answer), flush=True)
