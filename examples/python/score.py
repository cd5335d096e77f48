"""Log-densities of the rows of a table by a model that diffeo saved: NumPy and the standard library, nothing of diffeo.

    python3 score.py MODEL.safetensors TABLE.csv

A file of diffeo holds the architecture as data, so that a few pages in any language can evaluate it. This one knows flows of points [D] made of
actNorm, standardization, permutation, reverse, logTails, coupling and maskedAutoregressive layers with affine or additive elements, over a normal base.
Anything else it refuses by name. It first checks the reference points that travel with the model.

    change of variables   log p(x) = log p_Z(f(x)) + log|det df/dx|
    composition           z = f_K(... f_1(x)),  log|det J| = sum of the layers' log|det J_k|

Shapes: B points, D coordinates, P raw numbers for each coordinate, C numbers of context.
"""

import csv
import json
import struct
import sys
from functools import lru_cache

import numpy as np

LOG_2PI = 1.8378770664093453


class Unknown(Exception):
    """Something that this program does not know."""


# ---- The file: the length of a header, the header in JSON, and the numbers


def read_safetensors(path):
    """The tensors of a file by name, and its metadata, which is texts."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    numbers = memoryview(content)[8 + length :]
    tensors = {}
    for name, entry in header.items():
        if entry["dtype"] != "F64":
            raise Unknown(f"numbers of type {entry['dtype']} ({name})")
        begin, end = entry["data_offsets"]
        tensors[name] = np.frombuffer(numbers[begin:end], "<f8").reshape(entry["shape"])
    return tensors, metadata


# ---- Layers: each is a pair of functions (x, context) -> (z, log|det dz/dx|) and (z, context) -> (x, log|det dx/dz|)
#
# A layer finds its numbers under the way to it: those of layer 3 of a composition are "3.shift", "3.conditioner.0.weight" and so on.


def compose(definition, model, way):
    layers = [layer_of(each, model, f"{way}{k}.") for k, each in enumerate(definition["layers"])]

    def through(functions, x, context):
        total = np.zeros(len(x))
        for function in functions:
            x, log_det = function(x, context)
            total = total + log_det
        return x, total

    forward = [layer[0] for layer in layers]
    inverse = [layer[1] for layer in reversed(layers)]
    return lambda x, c: through(forward, x, c), lambda z, c: through(inverse, z, c)


def invert(definition, model, way):
    forward, inverse = layer_of(definition["of"], model, way)
    return inverse, forward


def scale_and_shift(shift, log_scale):
    """z = (x - shift)/exp(log_scale), coordinate by coordinate."""
    log_det = -np.sum(log_scale)
    return (
        lambda x, c: ((x - shift) * np.exp(-log_scale), np.full(len(x), log_det)),
        lambda z, c: (z * np.exp(log_scale) + shift, np.full(len(z), -log_det)),
    )


def statistics(model, way):
    """z = (x - mean)/deviation of the first data; 0 and 1 until there were any."""
    mean, deviation = model.buffer(way + "mean"), model.buffer(way + "deviation")
    log_det = -np.sum(np.log(deviation))
    return (
        lambda x, c: ((x - mean) / deviation, np.full(len(x), log_det)),
        lambda z, c: (z * deviation + mean, np.full(len(z), -log_det)),
    )


def standardization(definition, model, way):
    number_of(definition["dimensions"])
    return statistics(model, way)


def act_norm(definition, model, way):
    """Standardised by the data, shifted and scaled by what was learned, and brought to the statistics of the latent side, if it has any."""
    number_of(definition.get("dimensions"))
    first = statistics(model, way)
    learned = scale_and_shift(model.parameter(way + "shift"), model.parameter(way + "logScale"))
    last = statistics(model, way + "latent.")

    def forward(x, context):
        standard, a = first[0](x, context)
        moved, b = learned[0](standard, context)
        z, c = last[1](moved, context)
        return z, a + b + c

    def inverse(z, context):
        standard, a = last[0](z, context)
        moved, b = learned[1](standard, context)
        x, c = first[1](moved, context)
        return x, a + b + c

    return forward, inverse


def permute(order):
    """z_i = x_order(i)."""
    back = np.argsort(order)
    return (
        lambda x, c: (x[:, order], np.zeros(len(x))),
        lambda z, c: (z[:, back], np.zeros(len(z))),
    )


def permutation(definition, model, way):
    if "height" in definition:
        raise Unknown("a permutation of images")
    return permute(np.array(definition["permutation"]))


def reverse(definition, model, way):
    return permute(np.arange(number_of(definition["dimensions"]))[::-1])


def coupling(definition, model, way):
    """One part x_a of the coordinates passes, and says by a net how the other part x_b is moved."""
    number_of(definition["dimensions"])
    mask = np.array(definition["mask"])
    passes, moved = np.flatnonzero(mask == 1), np.flatnonzero(mask == 0)
    element = element_of(definition["element"])
    net = net_of(definition["conditioner"], model, way + "conditioner.")
    given = context_of(definition["context"], model, way)

    def move(direction):
        def function(x, context):
            raw = net(joined(x[:, passes], given(context)))
            z = x.copy()
            z[:, moved], log_det = element[direction](x[:, moved], raw)
            return z, log_det

        return function

    return move(0), move(1)


def masked_autoregressive(definition, model, way):
    """Each coordinate is moved as those before it say: z_i = element(x_i; net_i(x_j: j before i))."""
    element = element_of(definition["element"])
    conditioner = definition["conditioner"]
    net = net_of(conditioner, model, way + "conditioner.")
    given = context_of(conditioner["context"], model, way)

    def forward(x, context):
        return element[0](x, net(joined(x, given(context))))

    def inverse(z, context):
        rows = given(context)
        x = np.zeros_like(z)
        for _ in range(z.shape[1]):  # after pass k at least k coordinates are right
            x, log_det = element[1](z, net(joined(x, rows)))
        return x, log_det

    return forward, inverse


def log_tails(definition, model, way):
    """x within +-T, and sign(x) (T + ln(1 + |x| - T)) outside."""
    number_of(definition.get("dimensions"))
    threshold = definition["threshold"]

    def forward(x, context):
        logarithm = np.log1p(np.maximum(np.abs(x) - threshold, 0))
        return np.where(np.abs(x) <= threshold, x, np.sign(x) * (threshold + logarithm)), -logarithm.sum(1)

    def inverse(z, context):
        excess = np.maximum(np.abs(z) - threshold, 0)
        return np.where(np.abs(z) <= threshold, z, np.sign(z) * (threshold + np.expm1(excess))), excess.sum(1)

    return forward, inverse


LAYERS = {
    "compose": compose,
    "logTails": log_tails,
    "invert": invert,
    "standardization": standardization,
    "actNorm": act_norm,
    "permutation": permutation,
    "reverse": reverse,
    "coupling": coupling,
    "maskedAutoregressive": masked_autoregressive,
}


def layer_of(definition, model, way):
    return known(LAYERS, definition["type"], "the layer")(definition, model, way)


def number_of(dimensions):
    if isinstance(dimensions, int):
        return dimensions
    raise Unknown("a layer of images")


# ---- Elements: how coordinates x [B, D] are moved, given raw numbers [B, P*D], parameter after parameter


def element_of(definition):
    if definition["type"] == "additive":
        return (
            lambda x, raw: (x - raw, np.zeros(len(x))),
            lambda z, raw: (z + raw, np.zeros(len(z))),
        )
    if definition["type"] != "affine":
        raise Unknown(f"the element {definition['type']}")
    c = definition.get("c")
    log_scales = {
        "tanh": lambda a: c * np.tanh(a / c),
        "exponential": lambda a: a,
        "softplus": lambda a: np.log(softplus(a) + c),
        "sigmoid": lambda a: np.log(sigmoid(a + 2) + c),
    }
    log_scale = known(log_scales, definition["logScale"], "the log-scale")

    def forward(x, raw):
        a, shift = np.split(raw, 2, axis=1)
        log_sigma = log_scale(a)
        return (x - shift) * np.exp(-log_sigma), -np.sum(log_sigma, axis=1)

    def inverse(z, raw):
        a, shift = np.split(raw, 2, axis=1)
        log_sigma = log_scale(a)
        return z * np.exp(log_sigma) + shift, np.sum(log_sigma, axis=1)

    return forward, inverse


# ---- Nets


def softplus(x):
    return np.logaddexp(0, x)


def sigmoid(x):
    return np.exp(-np.logaddexp(0, -x))


ACTIVATIONS = {
    "tanh": np.tanh,
    "silu": lambda x: x * sigmoid(x),
    "softplus": softplus,
    "relu": lambda x: np.maximum(x, 0),
}


def net_of(definition, model, way):
    """A net as a function of its input, the context beside it: [B, inputs + C] -> [B, outputs]."""
    kind = definition["type"]
    if kind == "linear":
        weight, bias = model.parameter(way + "weight"), model.parameter(way + "bias")
        return lambda x: x @ weight.T + bias
    known({"mlp", "residualMlp", "maskedMlp"}, kind, "the net")
    act = known(ACTIVATIONS, definition["activation"], "the activation")
    residual = kind == "residualMlp" or definition.get("residual", False)
    blocks = len(definition["hidden"])
    count = 2 * blocks + 2 if residual else blocks + 1
    weights = [model.parameter(f"{way}{k}.weight") for k in range(count)]
    biases = [model.parameter(f"{way}{k}.bias") for k in range(count)]
    if kind == "maskedMlp":
        weights = [np.where(mask, weight, 0.0) for mask, weight in zip(masks_of(definition, weights), weights)]

    def plain(x):
        for k in range(count):
            x = (act(x) if k > 0 else x) @ weights[k].T + biases[k]
        return x

    def in_blocks(x):
        h = x @ weights[0].T + biases[0]
        for k in range(1, count - 1, 2):
            inner = act(h) @ weights[k].T + biases[k]
            h = h + act(inner) @ weights[k + 1].T + biases[k + 1]
        return h @ weights[-1].T + biases[-1]

    return in_blocks if residual else plain


def masks_of(definition, weights):
    """Where the weights of a masked net act: only along ways on which no coordinate reaches an output that must not depend on it.

    Each hidden unit has a set of coordinates that it may see, one of the sets on which some coordinate depends; sets are dealt out evenly,
    those of the first coordinates first. A unit reads inputs in its set, and units whose set is part of its own.
    """
    D, C = definition["dimensions"], definition["context"]
    if "masks" in definition:
        masks = [np.array(mask).reshape(len(weight), -1) for mask, weight in zip(definition["masks"], weights)]
    else:
        parents = parents_of(definition)
        sets = sets_of(parents, C > 0)

        def seen_by(unit, units):
            return sets[((unit + 1) * len(sets) - 1) // units]

        masks = []
        for k, weight in enumerate(weights):
            rows, columns = weight.shape
            last = k == len(weights) - 1
            row_sets = [parents[i % D] if last else seen_by(i, rows) for i in range(rows)]
            column_sets = [{j} for j in range(D)] if k == 0 else [seen_by(j, columns) for j in range(columns)]
            masks.append(np.array([[column <= row for column in column_sets] for row in row_sets]))
    masks[0] = np.hstack([masks[0], np.ones((len(weights[0]), C))])  # every unit sees the whole context
    return [mask.astype(bool) for mask in masks]


def parents_of(definition):
    """For each coordinate the set of those that it may depend on: of lower rank in the order, or as the matrix says."""
    D = definition["dimensions"]
    if "dependencies" in definition:
        return [frozenset(np.flatnonzero(row).tolist()) for row in definition["dependencies"]]
    order = definition["order"]
    return [frozenset(j for j in range(D) if order[j] < order[i]) for i in range(D)]


def sets_of(parents, context):
    """The sets that occur, sorted by depth, size and first coordinate; the empty one only for the context, or if it is the only one."""

    @lru_cache(maxsize=None)
    def depth(i):
        return 1 + max(depth(j) for j in parents[i]) if parents[i] else 0

    first = {}
    for i, each in enumerate(parents):
        first.setdefault(each, i)
    sets = sorted(first, key=lambda each: (depth(first[each]), len(each), first[each]))
    return sets if context else [each for each in sets if each] or sets


def context_of(width, model, way):
    """The context as a layer uses it: standardised by the first data; nothing if it uses none."""
    if width == 0:
        return lambda context: None
    forward, _ = statistics(model, way + "context.")
    return lambda context: forward(context, None)[0]


def joined(x, context):
    return x if context is None else np.hstack([x, context])


# ---- The base: log p_Z(z)


def standard_normal(definition, model):
    return lambda z: -0.5 * np.sum(z**2, axis=1) - 0.5 * z.shape[1] * LOG_2PI


def diagonal_normal(definition, model):
    loc, log_scale = operand(definition["loc"], model), operand(definition["logScale"], model)

    def log_prob(z):
        standard = (z - loc) * np.exp(-log_scale)
        volume = np.sum(np.broadcast_to(log_scale, z.shape[1:]))
        return -0.5 * np.sum(standard**2, axis=1) - volume - 0.5 * z.shape[1] * LOG_2PI

    return log_prob


def multivariate_normal(definition, model):
    loc = operand(definition["loc"], model)
    if "scaleTril" in definition:
        factor = np.tril(operand(definition["scaleTril"], model))
    else:
        lower, log_diagonal = operand(definition["lower"], model), operand(definition["logDiagonal"], model)
        factor = np.tril(lower, -1) + np.diag(np.exp(log_diagonal))

    def log_prob(z):
        standard = np.linalg.solve(factor, (z - loc).T)
        return -0.5 * np.sum(standard**2, axis=0) - np.sum(np.log(np.diag(factor))) - 0.5 * z.shape[1] * LOG_2PI

    return log_prob


def operand(definition, model):
    """What a distribution is made of: a number, a constant with its values, or a parameter with its name."""
    if isinstance(definition, (int, float)):
        return np.array(float(definition))
    if definition["type"] == "constant":
        return np.array(definition["values"], float).reshape(definition["shape"])
    return model.parameter("base." + definition["name"])


BASES = {
    "standardNormal": standard_normal,
    "diagonalNormal": diagonal_normal,
    "multivariateNormal": multivariate_normal,
}


def known(table, name, what):
    """The entry of that name; of a set, the name. Refused if there is none."""
    if name not in table:
        raise Unknown(f"{what} {name}")
    return table[name] if isinstance(table, dict) else name


# ---- The model


class Model:
    """A flow out of a file."""

    def __init__(self, path):
        self.tensors, metadata = read_safetensors(path)
        if metadata.get("diffeo.format") != "1":
            raise Unknown(f"a file of format {metadata.get('diffeo.format')}")
        definition = json.loads(metadata["diffeo.flow"])
        self.extra = json.loads(metadata["diffeo.extra"])
        self.forward, self.inverse = layer_of(definition["bijection"], self, "")
        base = definition["base"]
        self.base = known(BASES, base["type"], "the base")(base, self)

    def parameter(self, name):
        return self.tensors["parameters." + name]

    def buffer(self, name):
        return self.tensors["buffers." + name]

    def score(self, x, context=None):
        """log p(x), [B, D] -> [B], nats."""
        z, log_det = self.forward(x, context)
        return self.base(z) + log_det

    def check(self):
        """The largest difference at the reference points, relative to 1 + |value|. Raises ValueError above 1e-9."""
        points, context = self.tensors["reference.points"], self.tensors.get("reference.context")
        now = {"latents": self.forward(points, context)[0], "logProb": self.score(points, context)}
        largest = 0.0
        for name, values in now.items():
            then = self.tensors["reference." + name]
            largest = max(largest, float(np.max(np.abs(values - then) / (1 + np.abs(then)))))
        if not largest <= 1e-9:
            raise ValueError(f"the model does not make of its reference points what the file says: they differ by {largest:.2g}")
        return largest


# ---- Units: a model of a table is a flow of standardised rows, and says how they were standardised


def standardised(density, x, given):
    """The points of rows x [B, D], log|det dy/dx|, and the context of what is given [B, C]."""
    y, log_det = np.empty_like(x), np.zeros(len(x))
    for j, column in enumerate(density["columns"]):
        kind, values = column["type"], x[:, j]
        if kind["kind"] == "positive":
            value, slope = np.log(values), -np.log(values)
        elif kind["kind"] == "interval":
            low, high = values - kind["low"], kind["high"] - values
            value, slope = np.log(low) - np.log(high), np.log(kind["high"] - kind["low"]) - np.log(low) - np.log(high)
        elif kind["kind"] == "real":
            value, slope = values, 0
        else:
            raise Unknown(f"columns of {kind['kind']} numbers, which stand for cells ({column['name']})")
        y[:, j] = (value - column["mean"]) / column["deviation"]
        log_det += slope - np.log(column["deviation"])
    if not density["conditions"]:
        return y, log_det, None
    if any(condition["labels"] for condition in density["conditions"]):
        raise Unknown("conditions with labels")
    mean, deviation = (np.array([each[name] for each in density["conditions"]]) for name in ("mean", "deviation"))
    return y, log_det, (given - mean) / deviation


# ---- The table


def read_table(path, names):
    """The columns of those names, of the rows that have numbers in all of them; and how many rows have not."""
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    absent = [name for name in names if rows and name not in rows[0]]
    if absent:
        raise Unknown(f"{path} without the columns {', '.join(absent)}")
    cells = [[row[name] for name in names] for row in rows]
    complete = [row for row in cells if all(cell not in ("", "NA", "NaN", "nan") for cell in row)]
    return np.array(complete, float).reshape(len(complete), len(names)), len(cells) - len(complete)


def main(model_path, table_path):
    model = Model(model_path)
    print(f"the reference points come out as the file says, to {model.check():.1e}", file=sys.stderr)
    D = model.tensors["reference.points"].shape[1]
    columns = model.extra.get("columns") or [f"c{i + 1}" for i in range(D)]
    conditions = model.extra.get("conditions") or []
    matrix, left_out = read_table(table_path, [*columns, *conditions])
    if left_out > 0:
        print(f"left out {left_out} rows with blanks", file=sys.stderr)
    x, log_det, context = matrix[:, :D], 0, matrix[:, D:] if conditions else None
    if "density" in model.extra:
        x, log_det, context = standardised(model.extra["density"], x, context)
    print("logLikelihood")
    for value in model.score(x, context) + log_det:
        print(float(value))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    try:
        main(*sys.argv[1:])
    except Unknown as error:
        sys.exit(f"score.py does not know {error}")
    except ValueError as error:
        sys.exit(f"score.py: {error}")
