"""Tasks of PyTorch with the flows of flows_torch.py. Each gives its values, and what is to be timed."""

import torch
from flows_torch import bijection_of, log_prob_of
from models import training


def parameters_of(flow, dtype=torch.float64, leaf=False):
    return {name: torch.tensor(value, dtype=dtype, requires_grad=leaf) for name, value in flow["parameters"].items()}


def compiled_if(wanted, function):
    return torch.compile(function, dynamic=False) if wanted else function


def steps(flow, x, rate, steps, bits=64, fused=None, compiled=False):
    """The losses of the first steps of Adam, and a further step."""
    dtype = torch.float32 if bits == 32 else torch.float64
    P, x = parameters_of(flow, dtype, leaf=True), torch.tensor(x, dtype=dtype)
    log_prob = compiled_if(compiled, log_prob_of(flow, dtype))
    return training(list(P.values()), lambda: -log_prob(P, x).mean(), rate, steps, fused)


def in_pieces(function, x, pieces):
    """A function of the rows of x, so many rows at a time; None: of all at once."""
    return function(x) if pieces is None else torch.cat([function(piece) for piece in x.split(pieces)])


def scores(flow, x, pieces=None, compiled=False):
    """log p of all rows."""
    P, x = parameters_of(flow), torch.tensor(x)
    log_prob = compiled_if(compiled, log_prob_of(flow))

    @torch.no_grad()
    def run():
        return in_pieces(lambda rows: log_prob(P, rows), x, pieces)

    return run(), run


def samples(flow, z, pieces=None, compiled=False):
    """What the inverse makes of z, and as many points of new z."""
    P, z = parameters_of(flow), torch.tensor(z)
    inverse = compiled_if(compiled, bijection_of(flow)[1])

    @torch.no_grad()
    def points(z):
        return in_pieces(lambda rows: inverse(P, rows)[0], z, pieces)

    return points(z), lambda: points(torch.randn_like(z))
