"""Writes precise.json: losses and gradients at 500 digits, rounded once. `pip install mpmath`, then run it.

A gradient is the central difference of the sum of the losses with a step of 1e-120, which errs by its square,
and by 1e-380 where values are near 1.
What a loss holds constant is read from `h`, the logits before the step.
"""
import json
import pathlib
import random

from mpmath import mp, mpf, exp, log, sin, pi

mp.dps = 500
STEP = mpf(10) ** -120
N = [40, 10, 5]
ONE = mpf(1)


def sigma(x):
    return ONE / (1 + exp(-x)) if x >= 0 else exp(x) / (1 + exp(x))


def softplus(x):
    return mp.log1p(exp(x)) if x < 0 else x + mp.log1p(exp(-x))


def softmax(z):
    top = max(z)
    e = [exp(x - top) for x in z]
    total = sum(e)
    return [x / total for x in e]


def nll(z, y):
    """-ln p_y, without a difference from 1."""
    return mp.log1p(sum(exp(x - z[y]) for k, x in enumerate(z) if k != y))


def others(z, y):
    """1 - p_y."""
    return sum(p for k, p in enumerate(softmax(z)) if k != y)


def signs(z, y):
    return [(k, 1 if (y == k if len(z) > 1 else y == 1) else -1) for k in range(len(z))]


def each(loss):
    """A loss of single examples from that of one: loss(z, y, held z)."""
    return lambda z, y, h: [loss(*row) for row in zip(z, y, h)]


def of_p(phi):
    """phi(1 - p_y, -ln p_y)."""
    return each(lambda z, y, h: phi(others(z, y), nll(z, y)))


def of_elements(phi):
    """Sum of phi(s z, is positive)."""
    return each(lambda z, y, h: sum(phi(s * z[k], s > 0) for k, s in signs(z, y)))


def weighted(weights, loss):
    return lambda z, y, h: [weights[c] * v for c, v in zip(y, loss(z, y, h))]


def normalised(weights):
    total = sum(weights)
    return [len(weights) * w / total for w in weights]


def adjusted(scale, offset):
    return each(lambda z, y, h: nll([x * scale(k) + offset(k, y) for k, x in enumerate(z)], y))


def focal(g):
    return of_p(lambda rest, l: rest ** mpf(g) * l)


def focal_sigmoid(g, alpha=None):
    def element(x, positive):
        weight = 1 if alpha is None else mpf(alpha) if positive else 1 - mpf(alpha)
        return weight * sigma(-x) ** mpf(g) * softplus(-x)
    return of_elements(element)


def poly_sigmoid(e, g, alpha):
    f = focal_sigmoid(g, alpha)
    power = of_elements(lambda x, _: mpf(e) * sigma(-x) ** (mpf(g) + 1))
    return lambda z, y, h: [a + b for a, b in zip(f(z, y, h), power(z, y, h))]


def smoothed(shares):
    def loss(z, y, h):
        e = shares[y]
        return (1 - e) * nll(z, y) + e / len(z) * sum(nll(z, k) for k in range(len(z)))
    return each(loss)


def asymmetric(neg, pos, clip):
    def element(x, positive):
        if positive:
            return sigma(-x) ** mpf(pos) * softplus(-x)
        p = sigma(-x) - mpf(clip)  # x = -z
        return mpf(0) if p <= 0 else -p ** mpf(neg) * mp.log1p(-p)
    return of_elements(element)


def asymmetric_single(neg, pos, e):
    neg, pos, e = mpf(neg), mpf(pos), mpf(e)

    def loss(z, y, h):
        total = (1 - e + e / len(z)) * others(z, y) ** pos * nll(z, y)
        for k in range(len(z)):
            if k != y:
                total += e / len(z) * exp(-neg * nll(z, k)) * nll(z, k)
        return total
    return each(loss)


def seesaw(z, y, h):
    seen = [max(1, y.count(k)) for k in range(3)]
    out = []
    for z, y, h in zip(z, y, h):
        p = softmax(h)
        moved = list(z)
        for k in range(3):
            if k != y:
                m = min(ONE, ONE * seen[k] / seen[y]) ** mpf(0.8)
                c = max(ONE, p[k] / max(p[y], mpf(0.01))) ** 2
                moved[k] += log(m * c)
        out.append(nll(moved, y))
    return out


def tempered(t1, t2, e):
    t1, t2, e = mpf(t1), mpf(t2), mpf(e)

    def exp_t(x):
        if t2 == 1:
            return exp(x)
        base = 1 + (1 - t2) * x
        return mpf(0) if base <= 0 else base ** (1 / (1 - t2))

    def log_t(x):
        return log(x) if t1 == 1 else (x ** (1 - t1) - 1) / (1 - t1)

    def loss(z, y, h):
        top = max(z)
        rest = list(z)
        rest.remove(top)
        # Newton's method for the convex, falling excess over 1, from below.
        lam = mpf(0)
        for _ in range(400):
            p = [exp_t(x - top - lam) for x in [top] + rest]
            step = (sum(p) - 1) / sum(q ** t2 for q in p if q > 0)
            lam += step
            if abs(step) < mpf(10) ** -490:
                break
        else:
            raise ValueError("no normaliser")
        total = mpf(0)
        for k, x in enumerate(z):
            p = exp_t(x - top - lam)
            label = 1 - e if k == y else e / (len(z) - 1)
            if label != 0:
                total += label * (log_t(label) - log_t(p))
            total -= ((label ** (2 - t1) if label != 0 else 0) - (p ** (2 - t1) if p > 0 else 0)) / (2 - t1)
        return total
    return each(loss)


def influence(detached):
    lam = normalised([ONE / n for n in N])

    def loss(z, y, h):
        at = h if detached else z
        return 10 * lam[y] / (2 * others(at, y) + mpf(0.001)) * nll(z, y)
    return each(loss)


def overlap(a, b, s, form="sigmoid"):
    a, b, s = mpf(a), mpf(b), mpf(s)

    def loss(z, y, h):
        total = mpf(0)
        columns = len(z[0])
        for k in range(columns):
            tp = fp = fn = mpf(0)
            for row, c in zip(z, y):
                p = sigma(row[k]) if form == "sigmoid" else softmax(row)[k]
                q = sigma(-row[k]) if form == "sigmoid" else others(row, k)
                if dict(signs(row, c))[k] > 0:
                    tp, fn = tp + p, fn + q
                else:
                    fp += p
            total += (a * fp + b * fn) / (tp + a * fp + b * fn + s)
        return [total / columns] * len(y)
    return loss


def self_adjusting(alpha, s):
    def element(x, positive):
        z = x if positive else -x
        u = sigma(-z) ** mpf(alpha) * sigma(z)
        t = 1 if positive else 0
        # 1 - u is expm1 of something small once u is near 1.
        return 1 - (2 * u * t + mpf(s)) / (u + t + mpf(s))
    return of_elements(element)


def auc_margin(z, y, h):
    # The first batch: a, b and alpha are 0; one example in five is positive.
    share = {0: ONE * N[1] / (N[0] + N[1]), 1: ONE * N[0] / (N[0] + N[1])}
    total = sum(share[c] * sigma(row[0]) ** 2 for row, c in zip(z, y)) / len(y)
    return [total] * len(y)


def pairwise(surrogate, m=1, s=2, logit=False):
    m, s = mpf(m), mpf(s)
    psi = {
        "squared": lambda u: u ** 2,
        "squared_hinge": lambda u: max(mpf(0), u) ** 2,
        "hinge": lambda u: max(mpf(0), u),
        "barrier_hinge": lambda u: max(-s * (2 * m - u) + m, -s * u, u) if s > 1 else max(-s * u, u),
        "logistic": lambda u: softplus(-s * (m - u)),
    }[surrogate]

    def loss(z, y, h):
        # What is missing of the margin, without a difference from 1.
        positive = [(1 - r[0] if logit else sigma(-r[0])) for r, c in zip(z, y) if c == 1]
        negative = [(r[0] if logit else sigma(r[0])) for r, c in zip(z, y) if c == 0]
        pairs = [psi((m - 1) + a + b) for a in positive for b in negative]
        return [sum(pairs) / len(pairs)] * len(y)
    return loss


def proxy_anchor(alpha, margin):
    def loss(z, y, h):
        pulled = [mp.log1p(sum(exp(-alpha * (r[k] - mpf(margin))) for r, c in zip(z, y) if c == k)) for k in range(3)]
        pushed = [mp.log1p(sum(exp(alpha * (r[k] + mpf(margin))) for r, c in zip(z, y) if c != k)) for k in range(3)]
        return [sum(pulled) / len(set(y)) + sum(pushed) / 3] * len(y)
    return loss


def average_precision(z, y, h):
    """The loss whose estimates are those of the first batch and held constant."""
    n = len(y)

    def missing(z, i, j):
        return max(mpf(0), sigma(-z[i][0]) + sigma(z[j][0]))
    total = mpf(0)
    positives = [i for i in range(n) if y[i] == 1]
    for i in positives:
        at = [missing(h, i, j) ** 2 for j in range(n)]
        v = mpf(0.9) * sum(x for j, x in enumerate(at) if y[j] == 1) / n
        rest = mpf(0.9) * sum(x for j, x in enumerate(at) if y[j] == 0) / n
        for j in range(n):
            weight = (-rest if y[j] == 1 else v) / (v + rest) ** 2
            total += weight * missing(z, i, j) ** 2
    return [total / (len(positives) * n)] * n


def hinge(power):
    return of_elements(lambda x, _: max(mpf(0), 1 - x) ** power)


def multiclass_hinge(fold):
    def loss(z, y, h):
        rivals = [1 + x - z[y] for k, x in enumerate(z) if k != y]
        return max(mpf(0), max(rivals)) if fold == "max" else sum(max(mpf(0), x) for x in rivals)
    return each(loss)


def super_loss(lam):
    lam = mpf(lam)

    def phi(rest, l):
        above = l - log(mpf(3))
        w = mp.lambertw(max(-2 / mp.e, above / lam) / 2).real
        return above * exp(-w) + lam * w * w
    return of_p(phi)


def truncated_soft(sharpness):
    return of_p(lambda rest, l: sigma(-mpf(sharpness) * (-l - log(rest))) * l)


def ghm(bins, momentum, form):
    """The first batch, whose sums begin at 0."""
    def loss(z, y, h):
        def lengths(row, c):
            return [others(row, c)] if form == "softmax" else [sigma(-s * row[k]) for k, s in signs(row, c)]

        def place(g):
            return min(int(g * bins), bins - 1)
        filled = [0] * bins
        for row, c in zip(h, y):
            for g in lengths(row, c):
                filled[place(g)] += 1
        n = sum(filled)
        used = sum(1 for f in filled if f)
        out = []
        for row, at, c in zip(z, h, y):
            terms = [nll(row, c)] if form == "softmax" else [softplus(-s * row[k]) for k, s in signs(row, c)]
            weights = [n / (used * (1 - mpf(momentum)) * filled[place(g)]) for g in lengths(at, c)]
            out.append(sum(w * t for w, t in zip(weights, terms)))
        return out
    return loss


prior = [ONE * n / sum(N) for n in N]
margins = [ONE / mp.root(n, 4) for n in N]
margins = [mpf(0.5) * m / max(margins) for m in margins]
delta = [(ONE * max(N) / n) ** mpf(0.3) for n in N]
effective = normalised([(1 - mpf(0.9999)) / (1 - mpf(0.9999) ** n) for n in N])
A = -log(mpf(1e-4))
BCE = of_elements(lambda x, _: softplus(-x))
CE = of_p(lambda rest, l: l)
SHARES = [mpf(0.3) * sin(pi / 2 * mpf(n - 5) / 35) for n in N]

# Name in an experiment file, formula, number of logits.
LOSSES = [
    ({"cross_entropy": {}}, CE, 3),
    ({"binary_cross_entropy": {}}, BCE, 3),
    ({"binary_cross_entropy": {}}, BCE, 1),
    ({"weighted_cross_entropy": {"scheme": "inverse"}}, weighted(normalised([ONE / n for n in N]), CE), 3),
    ({"class_balanced": {"form": "softmax"}}, weighted(effective, CE), 3),
    ({"class_balanced": {"form": "sigmoid"}}, weighted(effective, BCE), 3),
    ({"class_balanced": {}}, weighted(effective, focal_sigmoid(1)), 3),
    ({"focal": {}}, focal(2), 3),
    ({"focal": {"gamma": 0.5}}, focal(0.5), 3),
    ({"focal": {"form": "sigmoid", "gamma": 1.5, "alpha": 0.25}}, focal_sigmoid(1.5, 0.25), 3),
    ({"focal_star": {"gamma": 2.5, "beta": -0.5}}, of_elements(lambda x, _: softplus(0.5 - 2.5 * x) / 2.5), 3),
    ({"ghm_c": {"bins": 4}}, ghm(4, 0.75, "sigmoid"), 3),
    ({"ghm_softmax": {"bins": 4}}, ghm(4, 0.75, "softmax"), 3),
    ({"ldam": {"scale": 2}}, adjusted(lambda k: 2, lambda k, y: -2 * margins[k] if k == y else 0), 3),
    ({"normalized_softmax": {"scale": 3}}, adjusted(lambda k: 3, lambda k, y: 0), 3),
    ({"proxy_nca": {"scale": 1}}, each(lambda z, y, h: log(sum(
        exp(2 * (x - z[y])) for k, x in enumerate(z) if k != y))), 3),
    ({"proxy_anchor": {"alpha": 2}}, proxy_anchor(2, 0.1), 3),
    ({"deferred_reweighting": {"loss": "focal", "start": 0}}, weighted(effective, focal(2)), 3),
    ({"logit_adjustment": {"tau": 1.5}}, adjusted(lambda k: 1, lambda k, y: mpf(1.5) * log(prior[k])), 3),
    ({"logit_adjustment_posthoc": {}}, CE, 3),
    ({"balanced_softmax": {}}, adjusted(lambda k: 1, lambda k, y: log(prior[k])), 3),
    ({"vector_scaling": {}}, adjusted(lambda k: 1 / delta[k], lambda k, y: log(prior[k])), 3),
    ({"class_dependent_temperature": {}}, adjusted(lambda k: 1 / delta[k], lambda k, y: 0), 3),
    ({"equalization": {"lambda": 0.1}}, each(lambda z, y, h: sum(
        0 if k == 2 and s < 0 else softplus(-s * z[k]) for k, s in signs(z, y))), 3),
    ({"softmax_equalization": {"gamma": 1, "lambda": 0.1}}, each(
        lambda z, y, h: nll(z if y == 2 else z[:2], y)), 3),
    ({"seesaw": {}}, seesaw, 3),
    ({"asymmetric": {}}, asymmetric(4, 1, 0.05), 3),
    ({"asymmetric": {"gamma_neg": 0.5, "gamma_pos": 0.5, "clip": 0}}, asymmetric(0.5, 0.5, 0), 3),
    ({"asymmetric_single_label": {}}, asymmetric_single(4, 0, 0.1), 3),
    ({"asymmetric_single_label": {"gamma_neg": 0.5, "gamma_pos": 0.5, "smoothing": 0}}, focal(0.5), 3),
    ({"poly_1": {}}, of_p(lambda rest, l: l + rest), 3),
    ({"poly_1": {"epsilon": -1, "gamma": 0.5}}, of_p(lambda rest, l: rest ** mpf(0.5) * (l - rest)), 3),
    ({"poly_1": {"form": "sigmoid", "gamma": 2, "alpha": 0.25}}, poly_sigmoid(1, 2, 0.25), 3),
    ({"label_smoothing": {}}, smoothed([mpf(0.1)] * 3), 3),
    ({"label_aware_smoothing": {}}, smoothed(SHARES), 3),
    ({"generalized_cross_entropy": {}}, of_p(lambda rest, l: -mp.expm1(-mpf(0.7) * l) / mpf(0.7)), 3),
    ({"symmetric_cross_entropy": {}}, of_p(lambda rest, l: mpf(0.1) * l + A * rest), 3),
    ({"bi_tempered": {}}, tempered(0.8, 1.3, 0), 3),
    ({"bi_tempered": {"t1": 0.5, "t2": 1}}, tempered(0.5, 1, 0), 3),
    ({"bi_tempered": {"t1": 0.7, "t2": 0.8}}, tempered(0.7, 0.8, 0), 3),
    ({"bi_tempered": {"t1": 0, "t2": 4, "smoothing": 0.2}}, tempered(0, 4, 0.2), 3),
    ({"influence_balanced": {"start": 0}}, influence(True), 3),
    ({"influence_balanced": {"start": 0, "detach_weight": False}}, influence(False), 3),
    ({"tversky": {}}, overlap(0.3, 0.7, 1e-5), 3),
    ({"tversky": {"alpha": 1, "beta": 1, "smooth": 0, "form": "softmax"}}, overlap(1, 1, 0, "softmax"), 3),
    ({"dice": {"form": "softmax"}}, overlap(0.5, 0.5, 1e-5, "softmax"), 3),
    ({"dice": {}}, overlap(0.5, 0.5, 1e-5), 1),
    ({"f_beta": {"beta": 2, "smooth": 0}}, overlap(ONE / 5, ONE * 4 / 5, 0), 3),
    ({"self_adjusting_dice": {}}, self_adjusting(0.01, 1), 3),
    ({"auc_margin": {}}, auc_margin, 1),
    ({"pairwise_auc": {}}, pairwise("squared_hinge"), 1),
    ({"pairwise_auc": {"scores": "logit"}}, pairwise("squared_hinge", logit=True), 1),
    ({"pairwise_auc": {"surrogate": "squared"}}, pairwise("squared"), 1),
    ({"pairwise_auc": {"surrogate": "hinge", "margin": 0.7}}, pairwise("hinge", 0.7), 1),
    ({"pairwise_auc": {"surrogate": "barrier_hinge", "slope": 3, "margin": 0.3}},
     pairwise("barrier_hinge", 0.3, 3), 1),
    ({"pairwise_auc": {"surrogate": "barrier_hinge", "slope": 0.5}}, pairwise("barrier_hinge", 1, 0.5), 1),
    ({"pairwise_auc": {"surrogate": "logistic"}}, pairwise("logistic"), 1),
    ({"average_precision": {}}, average_precision, 1),
    ({"hinge": {}}, hinge(1), 3),
    ({"hinge": {"squared": True}}, hinge(2), 3),
    ({"multiclass_hinge": {}}, multiclass_hinge("max"), 3),
    ({"multiclass_hinge": {"form": "weston_watkins"}}, multiclass_hinge("sum"), 3),
    ({"super_loss": {}}, super_loss(1), 3),
    ({"super_loss": {"lambda": 20}}, super_loss(20), 3),
    ({"truncated_cross_entropy": {}}, of_p(lambda rest, l: l if exp(-l) <= mpf(0.6) else mpf(0)), 3),
    ({"truncated_cross_entropy": {"form": "soft", "sharpness": 3}}, truncated_soft(3), 3),
    # Before the first batch, and without recalls.
    ({"equalization_v2": {}}, BCE, 3),
    ({"class_difficulty": {}}, CE, 3),
]


def batches(width):
    """Examples whose logits are short numbers."""
    draw = random.Random(7)
    targets = [0, 1, 2, 1] if width == 3 else [0, 1, 0, 1, 0]

    def normal(spread):
        return [[round(draw.gauss(0, spread) * 64) / 64 for _ in range(width)] for _ in targets]
    margins = [9.5, 16, 26.125, 36.75, 63.625]

    def right():
        rows = normal(1)
        for row, y, margin in zip(rows, targets, margins):
            if width == 1:
                row[0] = margin if y == 1 else -margin
            else:
                row[:] = [margin + x if k == y else x - 2 for k, x in enumerate(row)]
        return rows
    out = [("ordinary", normal(1)), ("confident", normal(5)), ("far out", normal(30)), ("all right", right())]
    if width == 1:
        out.append(("far from 0", [[1e4 + x[0]] for x in normal(2)]))
    return [(name, rows, targets) for name, rows in out]


def number(x):
    """Rounded once; what is below the normal numbers is 0."""
    return 0.0 if abs(x) < mpf(2) ** -1000 else float(x)


def main():
    out = {"batches": {}, "losses": []}
    for width in (1, 3):
        out["batches"][width] = [{"name": n, "logits": z, "targets": y} for n, z, y in batches(width)]
    for loss, formula, width in LOSSES:
        answers = []
        for name, logits, targets in batches(width):
            z = [[mpf(x) for x in row] for row in logits]
            losses = formula(z, targets, z)
            gradient = []
            for i, row in enumerate(z):
                for k in range(width):
                    def moved(step):
                        changed = [list(r) for r in z]
                        changed[i][k] += step
                        return sum(formula(changed, targets, z))
                    gradient.append((moved(STEP) - moved(-STEP)) / (2 * STEP))
            answers.append({"losses": [number(x) for x in losses], "gradient": [number(x) for x in gradient]})
        out["losses"].append({"loss": loss, "width": width, "answers": answers})
    lines = ",\n".join(json.dumps(x, separators=(",", ":")) for x in out["losses"])
    text = '{"batches":%s,\n"losses":[\n%s\n]}\n' % (json.dumps(out["batches"], separators=(",", ":")), lines)
    pathlib.Path(__file__).with_suffix(".json").write_text(text)


main()
