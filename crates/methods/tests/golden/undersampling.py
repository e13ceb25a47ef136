"""Writes undersampling.json. `pip install imbalanced-learn`, then run it.

Features have three decimals, read back as what 32 bits make of them; no two distances of a row are equal.
"""
import json
import pathlib

import imblearn
import numpy as np
from imblearn.under_sampling import NearMiss, TomekLinks

draw = np.random.default_rng(17)


def kept(sampler, rows, targets):
    sampler.fit_resample(rows, targets)
    return sorted(int(row) for row in sampler.sample_indices_)


def cases():
    for counts in [(40, 12), (30, 9, 5), (25, 8, 14)]:
        targets = draw.permutation(np.repeat(np.arange(len(counts)), counts))
        rows = np.round(draw.normal(size=(len(targets), 3)) + 0.6 * targets[:, None], 3)
        exact = rows.astype(np.float32).astype(np.float64)
        samplers = {'{"tomek_links": {"remove": "both"}}': TomekLinks(sampling_strategy="all")}
        # Of more classes its default is another rule than ours.
        if len(counts) == 2:
            samplers['{"tomek_links": {}}'] = TomekLinks()
        for version in [1, 2, 3]:
            for n, m in [(3, 3), (2, 5)]:
                spec = {"near_miss": {"version": version, "n_neighbors": n, "m": m}}
                samplers[json.dumps(spec)] = NearMiss(version=version, n_neighbors=n, n_neighbors_ver3=m)
        yield {
            "name": "x".join(map(str, counts)),
            "inputs": {"rows": rows.tolist(), "targets": targets.tolist()},
            "expected": [
                {"sampling": json.loads(spec), "kept": kept(sampler, exact, targets)} for spec, sampler in samplers.items()
            ],
        }


golden = {
    "method": "the rows that Tomek links and NearMiss keep",
    "source": f"imbalanced-learn {imblearn.__version__}",
    "tolerance": {"rel": 0, "abs": 0},
    "cases": [],
}
lines = ",\n".join(json.dumps(each) for each in cases())
text = json.dumps(golden, indent=1).replace("[]", f"[\n{lines}\n]")
pathlib.Path(__file__).with_suffix(".json").write_text(text + "\n")
