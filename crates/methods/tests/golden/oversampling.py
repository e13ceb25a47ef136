"""Writes oversampling.json. `pip install imbalanced-learn`, then run it.

Features have three decimals, read back as what 32 bits make of them; no two distances of a row are equal.
"""
import json
import pathlib

import imblearn
import numpy as np
from imblearn.over_sampling import ADASYN, BorderlineSMOTE

draw = np.random.default_rng(23)


def made_by_adasyn(rows, targets, k):
    """The numbers that imbalanced-learn rounds: one array for each class that is filled up, in their order."""
    rint, rounded = np.rint, []

    def note(shares):
        rounded.append(rint(shares))
        return rounded[-1]

    np.rint = note
    try:
        sampler = ADASYN(n_neighbors=k, random_state=0).fit(rows, targets)
        sampler.fit_resample(rows, targets)
    finally:
        np.rint = rint
    made = np.zeros(len(targets), dtype=int)
    filled = [target for target, n in sampler.sampling_strategy_.items() if n]
    for target, numbers in zip(filled, rounded, strict=True):
        made[targets == target] = numbers
    return made.tolist()


def in_danger(rows, targets, k, m):
    sampler = BorderlineSMOTE(k_neighbors=k, m_neighbors=m, random_state=0)
    sampler.fit_resample(rows, targets)
    return sorted(int(row) for found in sampler.in_danger_indices.values() for row in found)


def cases():
    for counts, k, m in [((60, 15), 5, 10), ((50, 14), 3, 7), ((40, 12, 20), 5, 10)]:
        targets = draw.permutation(np.repeat(np.arange(len(counts)), counts))
        rows = np.round(draw.normal(size=(len(targets), 3)) + 1.2 * targets[:, None], 3)
        exact = rows.astype(np.float32).astype(np.float64)
        yield {
            "name": "x".join(map(str, counts)),
            "params": {"k": k, "m": m},
            "inputs": {"rows": rows.tolist(), "targets": targets.tolist()},
            "expected": {
                "made_by_adasyn": made_by_adasyn(exact, targets, k),
                "in_danger": in_danger(exact, targets, k, m),
            },
        }


golden = {
    "method": "rows made from each row by ADASYN, and the rows that borderline SMOTE makes others from",
    "source": f"imbalanced-learn {imblearn.__version__}",
    "tolerance": {"rel": 0, "abs": 0},
    "cases": [],
}
lines = ",\n".join(json.dumps(each) for each in cases())
text = json.dumps(golden, indent=1).replace("[]", f"[\n{lines}\n]", 1)
pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")
