"""Writes nearest_neighbors.json. `pip install numpy scikit-learn`, then run it.

Where all distances are distinct the neighbours are scikit-learn's. Where rows have copies it may keep any of those that
are equally near, and need not leave out the row itself: these cases are rows of integers, whose distances are exact.
"""
import json
import pathlib

import numpy as np
import sklearn
from sklearn.neighbors import NearestNeighbors


def published(rows, k):
    k = min(k, len(rows) - 1)
    search = NearestNeighbors(n_neighbors=k + 1, algorithm="kd_tree").fit(rows)
    distances, found = search.kneighbors(rows)
    # A last place of the distances moves no neighbour, and the row itself comes first.
    assert np.all(np.diff(distances, axis=1) > 1e-9) and np.all(found[:, 0] == np.arange(len(rows)))
    return found[:, 1:].tolist()


def by_definition(rows, k):
    def nearest(i):
        distance = lambda j: sum((a - b) ** 2 for a, b in zip(rows[i], rows[j]))
        return sorted((j for j in range(len(rows)) if j != i), key=lambda j: (distance(j), j))[:k]

    return [nearest(i) for i in range(len(rows))]


def case(name, k, rows, neighbors):
    return {"name": name, "params": {"k": k}, "inputs": {"rows": rows}, "expected": {"neighbors": neighbors}}


def cases():
    draw = np.random.default_rng(11)
    for n, d, k in [(40, 1, 5), (60, 3, 5), (50, 8, 1), (40, 19, 7), (5, 4, 9)]:
        # Three decimals, read back as what 32 bits make of them.
        rows = np.round(draw.normal(size=(n, d)) * 3, 3).astype(np.float32).astype(np.float64)
        yield case(f"distinct_{n}x{d}_k{k}", k, np.round(rows, 3).tolist(), published(rows, k))
    for n, d, k in [(30, 1, 4), (40, 2, 5), (24, 9, 3)]:
        rows = draw.integers(0, 3, size=(n, d)).tolist()
        yield case(f"copies_{n}x{d}_k{k}", k, rows, by_definition(rows, k))


golden = {
    "method": "the k nearest rows of each row, itself left out by its number",
    "source": f"scikit-learn {sklearn.__version__} NearestNeighbors(algorithm='kd_tree'); with copies: definition, "
    "exact in integers, ties by lower index",
    "tolerance": {"rel": 0, "abs": 0},
    "notes": "Rows are rounded to 32 bits before they are searched.",
    "cases": [],
}
lines = ",\n".join(json.dumps(each) for each in cases())
text = json.dumps(golden, indent=1).replace("[]", f"[\n{lines}\n]")
pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")
