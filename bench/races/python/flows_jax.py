"""Flows of diffeo in JAX, built from their definitions.

A layer is a pair of functions, (P, x) -> (z, log|det dz/dx|) and (P, z) -> (x, log|det dx/dz|), with the parameters P by name. Those of layer 3 of
a composition are "3.shift", "3.conditioner.0.weight" and so on. What is constant, statistics of the data, masks and permutations, is in C.

Shapes: B points, D coordinates or C channels of H x W pixels, P raw numbers for each coordinate, K bins.
"""

import math

import jax
import jax.numpy as jnp
import numpy

jax.config.update("jax_enable_x64", True)


def log_prob_of(flow):
    """(P, x) -> log p(x) = log p_Z(f(x)) + log|det df/dx|, over the base N(0, I)."""
    forward, _ = bijection_of(flow)

    def log_prob(P, x):
        z, log_det = forward(P, x)
        return -0.5 * jnp.sum(z * z, 1) - 0.5 * z.shape[1] * math.log(2 * math.pi) + log_det

    return log_prob


def bijection_of(flow):
    definition = flow["definition"]
    if definition["base"]["type"] != "standardNormal":
        raise ValueError("the base must be N(0, I)")
    return layer_of(definition["bijection"], flow["constants"], "")


def layer_of(definition, C, way):
    return LAYERS[definition["type"]](definition, C, way)


def through(layers, direction):
    """The layers one after the other; their log-dets add up."""

    def function(P, x):
        total = 0.0
        for layer in layers:
            x, log_det = layer[direction](P, x)
            total = total + log_det
        return x, total

    return function


def compose(definition, C, way):
    layers = [layer_of(each, C, f"{way}{k}.") for k, each in enumerate(definition["layers"])]
    return through(layers, 0), through(layers[::-1], 1)


def invert(definition, C, way):
    forward, inverse = layer_of(definition["of"], C, way)
    return inverse, forward


def statistics(definition, C, way):
    """z = (x - mean)/deviation of the first data, or z = x if there were none."""
    if not C[way + "initialized"]:
        return (lambda P, x: (x, 0.0)), (lambda P, z: (z, 0.0))
    mean, deviation = (per_channel(definition, C[way + name]) for name in ("mean", "deviation"))
    log_det = -pixels(definition) * float(numpy.log(C[way + "deviation"]).sum())
    return (
        lambda P, x: ((x - mean) / deviation, log_det),
        lambda P, z: (z * deviation + mean, -log_det),
    )


def pixels(definition):
    _, height, width = shape_of(definition)
    return height * width


def shape_of(definition):
    """[D] as D channels of one pixel."""
    if "channels" in definition:
        return definition["channels"], definition["height"], definition["width"]
    sizes = definition["dimensions"]
    return (sizes, 1, 1) if isinstance(sizes, int) else tuple(sizes)


def per_channel(definition, values):
    """One number for each channel, in a shape that stretches over the pixels."""
    image = "channels" in definition or not isinstance(definition["dimensions"], int)
    return values[:, None, None] if image else values


def act_norm(definition, C, way):
    """z = (x - shift) exp(-log scale), of standardised x."""

    def learned(P):
        shift, log_scale = P[way + "shift"], P[way + "logScale"]
        volume = pixels(definition) * jnp.sum(log_scale)
        return per_channel(definition, shift), per_channel(definition, log_scale), volume

    def forward(P, x):
        shift, log_scale, volume = learned(P)
        return (x - shift) * jnp.exp(-log_scale), -volume

    def inverse(P, z):
        shift, log_scale, volume = learned(P)
        return z * jnp.exp(log_scale) + shift, volume

    standard = statistics(definition, C, way)
    latent = statistics(definition, C, way + "latent.")
    layers = [standard, (forward, inverse), latent[::-1]]
    return through(layers, 0), through(layers[::-1], 1)


def coupling(definition, C, way):
    """One part of the coordinates passes, and says how the other part is moved; of images a part of the channels."""
    channels, height, width = shape_of(definition)
    mask = numpy.array(definition["mask"]).reshape(channels, -1)
    if not (mask == mask[:, :1]).all():
        raise ValueError("a mask of channels is needed")
    passing, moved = numpy.flatnonzero(mask[:, 0] == 1), numpy.flatnonzero(mask[:, 0] == 0)
    together = numpy.argsort(numpy.concatenate([passing, moved]))
    element = ELEMENTS[definition["element"]["type"]](definition["element"])
    net = net_of(definition["conditioner"], C, way + "conditioner.")

    def move(direction):
        def function(P, x):
            xa, xb = x[:, passing], x[:, moved]
            zb, log_det = element[direction](xb, net(P, xa))
            return jnp.concatenate([xa, zb], 1)[:, together], log_det

        return function

    return move(0), move(1)


def masked_autoregressive(definition, C, way):
    """Each coordinate is moved as those before it say."""
    element = ELEMENTS[definition["element"]["type"]](definition["element"])
    net = net_of(definition["conditioner"], C, way + "conditioner.")

    def inverse(P, z):
        x, log_det = jnp.zeros_like(z), 0.0
        for _ in range(z.shape[1]):  # after pass k at least k coordinates are right
            x, log_det = element[1](z, net(P, x))
        return x, log_det

    return (lambda P, x: element[0](x, net(P, x))), inverse


def squeeze_image(definition, C, way):
    """Blocks of pixels become channels: [B, C, H, W] -> [B, C f f, H/f, W/f]."""
    (channels, height, width), f = shape_of(definition), definition["factor"]

    def forward(P, x):
        blocks = x.reshape(-1, channels, height // f, f, width // f, f).transpose(0, 1, 3, 5, 2, 4)
        return blocks.reshape(-1, channels * f * f, height // f, width // f), 0.0

    def inverse(P, z):
        blocks = z.reshape(-1, channels, f, f, height // f, width // f).transpose(0, 1, 4, 2, 5, 3)
        return blocks.reshape(-1, channels, height, width), 0.0

    return forward, inverse


def conv1x1(definition, C, way):
    """z = W x at every pixel, W = P L U."""
    channels = definition["channels"]
    if definition["parametrization"] != "lu":
        raise ValueError("the parametrization must be LU")
    order, signs = C[way + "permutation"].astype(int), C[way + "signs"]
    back = numpy.argsort(order)

    def factors(P):
        L = jnp.tril(P[way + "lower"], -1) + jnp.eye(channels)
        U = jnp.triu(P[way + "upper"], 1) + jnp.diag(signs * jnp.exp(P[way + "logDiagonal"]))
        return L, U, pixels(definition) * jnp.sum(P[way + "logDiagonal"])

    def forward(P, x):
        L, U, volume = factors(P)
        return jnp.einsum("ij,bjhw->bihw", (L @ U)[back], x), volume

    def inverse(P, z):
        L, U, volume = factors(P)
        y = z[:, order].transpose(1, 0, 2, 3).reshape(channels, -1)
        y = jax.scipy.linalg.solve_triangular(L, y, lower=True, unit_diagonal=True)
        x = jax.scipy.linalg.solve_triangular(U, y)
        return x.reshape(channels, z.shape[0], *z.shape[2:]).transpose(1, 0, 2, 3), -volume

    return forward, inverse


def multi_scale(definition, C, way):
    """After every scale but the last the first half of the channels is emitted; z is all that is emitted, flat."""
    scales = [layer_of(each, C, f"{way}{k}.") for k, each in enumerate(definition["scales"])]

    def forward(P, x):
        emitted, total = [], 0.0
        for k, scale in enumerate(scales):
            x, log_det = scale[0](P, x)
            total = total + log_det
            half = x.shape[1] if k == len(scales) - 1 else -(-x.shape[1] // 2)
            emitted.append(x[:, :half].reshape(x.shape[0], -1))
            x = x[:, half:]
        return jnp.concatenate(emitted, 1), total

    def inverse(P, z):
        raise NotImplementedError("no race draws images")

    return forward, inverse


LAYERS = {
    "compose": compose,
    "invert": invert,
    "standardization": statistics,
    "actNorm": act_norm,
    "coupling": coupling,
    "maskedAutoregressive": masked_autoregressive,
    "squeezeImage": squeeze_image,
    "conv1x1": conv1x1,
    "multiScale": multi_scale,
}


def net_of(definition, C, way):
    """A net with tanh as a function (P, x) -> raw; weights of a masked one count where its masks are 1."""
    if definition["activation"] != "tanh" or definition.get("residual"):
        raise ValueError("the net must be a plain one with tanh")
    last = len(definition["hidden"])
    masks = [C.get(f"{way}{k}.mask") for k in range(last + 1)]
    images = definition["type"] == "convNet"

    def net(P, x):
        for k in range(last + 1):
            weight, bias = P[f"{way}{k}.weight"], P[f"{way}{k}.bias"]
            if masks[k] is not None:
                weight = weight * masks[k]
            x = convolved(x, weight, bias) if images else x @ weight.T + bias
            if k < last:
                x = jnp.tanh(x)
        return x

    return net


def convolved(x, weight, bias):
    side = weight.shape[2]
    margin = (side - 1) // 2
    y = jax.lax.conv_general_dilated(x, weight, (1, 1), [(margin, margin)] * 2, dimension_numbers=("NCHW", "OIHW", "NCHW"))
    return y + bias[:, None, None]


def summed(log_det):
    """Over all but the points."""
    return jnp.sum(log_det, tuple(range(1, log_det.ndim)))


def affine(definition):
    """z = (x - mu) exp(-log sigma), log sigma = c tanh(a/c), raw = (a, mu)."""
    c = definition["c"]
    if definition["logScale"] != "tanh":
        raise ValueError("the log-scale must be bounded by tanh")

    def read(raw):
        a, mu = jnp.split(raw, 2, 1)
        return c * jnp.tanh(a / c), mu

    def forward(x, raw):
        log_sigma, mu = read(raw)
        return (x - mu) * jnp.exp(-log_sigma), -summed(log_sigma)

    def inverse(z, raw):
        log_sigma, mu = read(raw)
        return z * jnp.exp(log_sigma) + mu, summed(log_sigma)

    return forward, inverse


def spline(definition):
    """The rational-quadratic spline of Durkan et al. (2019); outside of the knots the identity."""
    K, left, right = definition["bins"], definition["left"], definition["right"]
    if definition["tails"] != "linear":
        raise ValueError("the tails must be linear")
    least_slope = definition["minimumDerivative"]
    shift = math.log(math.expm1(1 - least_slope))

    def ends(values, bins):
        """What belongs to the knots on both sides of each point."""
        return [jnp.take_along_axis(values, bins + k, 1)[:, 0] for k in (0, 1)]

    def knots_of(raw, minimum):
        """Knots from left to right, whose distances are by softmax and not below the minimum: [B, K, D] -> [B, K + 1, D]."""
        shares = minimum + (1 - minimum * K) * jax.nn.softmax(raw, 1)
        inner = left + (right - left) * jnp.cumsum(shares[:, :-1], 1)
        return jnp.pad(jnp.pad(inner, ((0, 0), (1, 0), (0, 0)), constant_values=left), ((0, 0), (0, 1), (0, 0)), constant_values=right)

    def bin_of(x, raw, looked_for):
        """The ends of the bin of each point, its slopes there, and where points outside of all bins were put."""
        raw = raw.reshape(x.shape[0], 3 * K - 1, x.shape[1])
        inside = (x > left) & (x < right)
        x = jnp.where(inside, x, left)
        sides = knots_of(raw[:, :K], definition["minimumBinWidth"]), knots_of(raw[:, K : 2 * K], definition["minimumBinHeight"])
        slopes = jnp.pad(jax.nn.softplus(raw[:, 2 * K :] + shift) + least_slope, ((0, 0), (1, 1), (0, 0)), constant_values=1.0)
        bins = jnp.sum(x[:, None] >= sides[looked_for][:, 1:-1], 1, keepdims=True)
        (x0, x1), (y0, y1), (d0, d1) = (ends(values, bins) for values in (*sides, slopes))
        return inside, x, x0, x1 - x0, y0, y1 - y0, d0, d1

    def log_slope(theta, s, d0, d1):
        across = theta * (1 - theta)
        slope = s * s * (d1 * theta**2 + 2 * s * across + d0 * (1 - theta) ** 2)
        return jnp.log(slope) - 2 * jnp.log(s + (d1 + d0 - 2 * s) * across)

    def forward(x, raw):
        inside, at, x0, w, y0, h, d0, d1 = bin_of(x, raw, 0)
        theta, s = (at - x0) / w, h / w
        across = theta * (1 - theta)
        z = y0 + h * (s * theta**2 + d0 * across) / (s + (d1 + d0 - 2 * s) * across)
        return jnp.where(inside, z, x), summed(jnp.where(inside, log_slope(theta, s, d0, d1), 0.0))

    def inverse(z, raw):
        inside, at, x0, w, y0, h, d0, d1 = bin_of(z, raw, 1)
        s, y = h / w, at - y0
        bent = y * (d1 + d0 - 2 * s)
        a, b, c = h * (s - d0) + bent, h * d0 - bent, -s * y
        theta = 2 * c / (-b - jnp.sqrt(b * b - 4 * a * c))
        return jnp.where(inside, x0 + w * theta, z), -summed(jnp.where(inside, log_slope(theta, s, d0, d1), 0.0))

    return forward, inverse


ELEMENTS = {"affine": affine, "spline": spline}
