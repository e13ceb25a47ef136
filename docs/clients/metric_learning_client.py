"""pytorch-metric-learning under `longtail check --against`: losses of pairs, of embeddings and labels.

longtail check contrastive triplet nt_xent --against 'python3 docs/clients/metric_learning_client.py'
"""

import json
import sys

import torch
from pytorch_metric_learning import losses


def contrastive(form, positive_margin, negative_margin):
    if form != "distance":
        raise NotImplementedError("squared distances")
    return losses.ContrastiveLoss(pos_margin=positive_margin, neg_margin=negative_margin)


def triplet(form, margin):
    return losses.TripletMarginLoss(margin=margin, smooth_loss=form == "soft")


def multi_similarity(alpha, beta, threshold):
    return losses.MultiSimilarityLoss(alpha=alpha, beta=beta, base=threshold)


def nt_xent(temperature):
    return losses.NTXentLoss(temperature=temperature)


def sup_con(temperature, base_temperature, anchors):
    if anchors != "with_positives" or base_temperature != temperature:
        raise NotImplementedError("a mean over all anchors, and a base temperature")
    return losses.SupConLoss(temperature=temperature)


def circle(margin, scale):
    return losses.CircleLoss(m=margin, gamma=scale)


LOSSES = {f.__name__: f for f in (contrastive, triplet, multi_similarity, nt_xent, sup_con, circle)}

for line in sys.stdin:
    request = json.loads(line)
    [(name, parameters)] = request["loss"].items()
    answer = {"id": request["id"]}
    try:
        loss = LOSSES[name](**parameters)
        x = torch.tensor(request["embeddings"], dtype=torch.float64, requires_grad=True)
        value = loss(x, torch.tensor(request["targets"]))
        value.backward()  # the loss of the batch, and its gradient
        answer |= {"value": value.item(), "gradient": x.grad.tolist()}
    except (KeyError, NotImplementedError) as missing:
        answer["unsupported"] = str(missing)
    print(json.dumps(answer), flush=True)
