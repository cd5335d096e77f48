"""Tasks of PyTorch. Each gives its values, and what is to be timed."""

import torch


def tensors(arrays, dtype=torch.float64, leaf=False):
    return [torch.tensor(array, dtype=dtype, requires_grad=leaf) for array in arrays]


def solve(A, b):
    A, b = tensors([A, b])
    return torch.linalg.solve(A, b), lambda: torch.linalg.solve(A, b)


def one_op(name, x, a):
    x, a = tensors([x, a], leaf=True)
    run = (lambda: torch.tanh(x)) if name == "tanh" else (lambda: x * a)
    return run().detach(), run


def net(parameters, x):
    """A multilayer perceptron with tanh; parameters W, b, W, b, …"""
    last = len(parameters) - 2
    for k in range(0, last, 2):
        x = torch.tanh(torch.nn.functional.linear(x, parameters[k], parameters[k + 1]))
    return torch.nn.functional.linear(x, parameters[last], parameters[last + 1])


def training(parameters, loss_of, rate, steps, fused=None):
    """The losses of the first steps of Adam, and a further step."""
    fusing = {} if fused is None else {"fused": fused}  # old versions do not know it
    optimizer = torch.optim.Adam(parameters, lr=rate, **fusing)

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_of()
        loss.backward()
        optimizer.step()
        return loss.item()

    return [step() for _ in range(steps)], step


def regression(parameters, x, y, rate, steps, bits):
    """An MLP and the mean square of its errors."""
    dtype = torch.float32 if bits == 32 else torch.float64
    parameters = tensors(parameters, dtype, leaf=True)
    x, y = tensors([x, y], dtype)
    return training(parameters, lambda: torch.mean((net(parameters, x) - y) ** 2), rate, steps)


def autoregressive_samples(parameters, z, bits):
    """The inverse of a masked autoregressive layer as nflows computes it: the whole net, once for each coordinate."""
    dtype = torch.float32 if bits == 32 else torch.float64
    parameters = tensors(parameters, dtype)
    (z,) = tensors([z], dtype)
    D = z.shape[1]

    @torch.no_grad()
    def run():
        x = torch.zeros_like(z)
        for _ in range(D):
            raw = net(parameters, x)
            log_sigma = 2 * torch.tanh(raw[:, :D] / 2)
            x = z * torch.exp(log_sigma) + raw[:, D:]
        return x

    return run(), run
