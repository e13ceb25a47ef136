"""Writes detection_coco.json. `pip install numpy pycocotools`, then run it; a number as its argument asks for more cases.

Scenes of several images and classes: detections that lie on objects, beside them and nowhere, equal scores, crowds, images
without objects, classes without any, and an image with more detections than pycocotools looks at. Boxes of whole numbers
meet thresholds exactly.
"""
import contextlib
import io
import json
import pathlib
import sys

import numpy as np
import pycocotools
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

N_CLASSES = 3


def box(rng, whole):
    edges = np.concatenate([rng.uniform(0, 60, 2), rng.uniform(4, 30, 2)])
    return np.round(edges) if whole else np.round(edges, 2)


def scene(rng, n_images, whole, crowds, crowded):
    objects, detections = [], []
    # The last class has no objects, and the last image neither.
    for _ in range(rng.integers(5, 30)):
        objects.append({
            "image": int(rng.integers(max(1, n_images - 1))), "class": int(rng.integers(N_CLASSES - 1)),
            "xywh": box(rng, whole).tolist(), "crowd": bool(rng.random() < crowds),
        })
    for _ in range(rng.integers(10, 60)):
        if rng.random() < 0.7:
            of = objects[rng.integers(len(objects))]
            moved = np.array(of["xywh"]) + rng.normal(0, rng.choice([0.5, 2, 4]), 4)
            xywh = np.maximum(np.round(moved) if whole else np.round(moved, 2), [0, 0, 1, 1])
            image, label = of["image"], of["class"]
        else:
            xywh, image, label = box(rng, whole), int(rng.integers(n_images)), int(rng.integers(N_CLASSES))
        detections.append({
            "image": image, "class": label, "xywh": xywh.tolist(), "score": float(np.round(rng.random(), 1 + int(rng.integers(3)))),
        })
    if crowded:
        for _ in range(130):
            detections.append({"image": 0, "class": 0, "xywh": box(rng, whole).tolist(), "score": float(np.round(rng.random(), 3))})
    return objects, detections


def published(n_images, objects, detections):
    truth, found = COCO(), COCO()
    boxed = lambda o: {"image_id": o["image"], "category_id": o["class"], "bbox": o["xywh"], "area": o["xywh"][2] * o["xywh"][3]}
    # Identities from 1: pycocotools takes 0 for none.
    annotations = [boxed(o) | {"id": i + 1, "iscrowd": int(o["crowd"])} for i, o in enumerate(objects)]
    results = [boxed(d) | {"id": i + 1, "score": d["score"]} for i, d in enumerate(detections)]
    for coco, entries in [(truth, annotations), (found, results)]:
        coco.dataset = {
            "images": [{"id": i} for i in range(n_images)],
            "categories": [{"id": k} for k in range(N_CLASSES)], "annotations": entries,
        }
        coco.createIndex()
    evaluation = COCOeval(truth, found, "bbox")
    evaluation.params.imgIds = list(range(n_images))
    evaluation.params.catIds = list(range(N_CLASSES))
    evaluation.evaluate()
    evaluation.accumulate()
    precision = evaluation.eval["precision"][:, :, :, 0, 2]  # overlaps, levels, classes; all areas, 100 detections
    recall = evaluation.eval["recall"][:, :, 0, 2]
    known = lambda values: None if np.all(values == -1) else float(np.mean(values))
    return {
        "coco": [known(precision[:, :, k]) for k in range(N_CLASSES)],
        "coco_50": [known(precision[0, :, k]) for k in range(N_CLASSES)],
        "coco_by_overlap": [[known(precision[t, :, k]) for t in range(10)] for k in range(N_CLASSES)],
        "recall_by_overlap": [[known(recall[t, k]) for t in range(10)] for k in range(N_CLASSES)],
    }


def main(n_cases):
    cases = []
    for seed in range(n_cases):
        rng = np.random.default_rng(seed)
        n_images = 1 + seed % 5
        objects, detections = scene(rng, n_images, seed % 2 == 0, [0, 0.2][seed % 3 % 2], seed % 5 == 3)
        with contextlib.redirect_stdout(io.StringIO()):
            expected = published(n_images, objects, detections)
        cases.append({
            "name": f"seed_{seed}", "params": {"num_images": n_images, "num_classes": N_CLASSES},
            "inputs": {"objects": objects, "detections": detections}, "expected": expected,
        })
    file = {
        "method": "average precision and recall of detections, class by class",
        "source": f"pycocotools=={pycocotools.__version__ if hasattr(pycocotools, '__version__') else '2.0.11'} COCOeval (bbox, area all, 100 detections)",
        "tolerance": {"rel": 0, "abs": 1e-9},
        "notes": "Boxes are x, y, width, height; null: a class without objects that count.",
        "cases": cases,
    }
    text = json.dumps(file, separators=(",", ":")).replace('{"name"', '\n{"name"')
    (pathlib.Path(__file__).parent / "detection_coco.json").write_text(text + "\n")


main(int(sys.argv[1]) if 1 < len(sys.argv) else 8)
