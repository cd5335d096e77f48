"""Tasks of JAX with the flows of flows_jax.py. Each gives its values, and what is to be timed."""

import jax
import jax.numpy as jnp
from flows_jax import bijection_of, log_prob_of


def parameters_of(flow):
    return {name: jnp.asarray(value) for name, value in flow["parameters"].items()}


def steps(flow, x, rate, steps):
    """The losses of the first steps of Adam, and a further step: one compiled function, which writes over what it is given."""
    log_prob = log_prob_of(flow)
    beta1, beta2, eps = 0.9, 0.999, 1e-8

    def update(P, m, v, t, x):
        loss, g = jax.value_and_grad(lambda P: -jnp.mean(log_prob(P, x)))(P)
        t = t + 1
        m = jax.tree.map(lambda m, g: beta1 * m + (1 - beta1) * g, m, g)
        v = jax.tree.map(lambda v, g: beta2 * v + (1 - beta2) * g * g, v, g)
        size, correction = rate / (1 - beta1**t), jnp.sqrt(1 - beta2**t)
        P = jax.tree.map(lambda p, m, v: p - size * m / (jnp.sqrt(v) / correction + eps), P, m, v)
        return P, m, v, t, loss

    compiled = jax.jit(update, donate_argnums=(0, 1, 2, 3))
    P, x = parameters_of(flow), jnp.asarray(x)
    zeros = [jax.tree.map(jnp.zeros_like, P) for _ in range(2)]
    state = [P, *zeros, jnp.zeros(())]

    def step():
        *state[:], loss = compiled(*state, x)
        return float(loss)

    return [step() for _ in range(steps)], step


def in_pieces(function, x, pieces):
    """A function of the rows of x, so many rows at a time; None: of all at once."""
    if pieces is None:
        return function(x)
    y = jax.lax.map(function, x.reshape(-1, pieces, *x.shape[1:]))
    return y.reshape(x.shape[0], *y.shape[2:])


def scores(flow, x, pieces=None):
    """log p of all rows."""
    log_prob = log_prob_of(flow)
    compiled = jax.jit(lambda P, x: in_pieces(lambda rows: log_prob(P, rows), x, pieces))
    P, x = parameters_of(flow), jnp.asarray(x)

    def run():
        return compiled(P, x).block_until_ready()

    return run(), run


def samples(flow, z, pieces=None):
    """What the inverse makes of z, and as many points of new z."""
    _, inverse = bijection_of(flow)
    P, shape, keys = parameters_of(flow), z.shape, [jax.random.key(1)]
    points = jax.jit(lambda P, z: in_pieces(lambda rows: inverse(P, rows)[0], z, pieces))

    @jax.jit
    def draw(P, key):
        key, now = jax.random.split(key)
        return points(P, jax.random.normal(now, shape, jnp.float64)), key

    def run():
        x, keys[0] = draw(P, keys[0])
        return x.block_until_ready()

    run()
    return points(P, jnp.asarray(z)), run
