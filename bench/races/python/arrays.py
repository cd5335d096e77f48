"""Tasks of NumPy and SciPy. Each gives its values, and what is to be timed."""

import numpy


def product(a, b, layout):
    left = a.T if layout == "TN" else a
    right = b.T if layout == "NT" else b
    return left @ right, lambda: left @ right


def solve_numpy(A, b):
    return numpy.linalg.solve(A, b), lambda: numpy.linalg.solve(A, b)


def solve_scipy(A, b):
    from scipy.linalg import lu_factor, lu_solve

    def run():
        return lu_solve(lu_factor(A, check_finite=False), b, check_finite=False)

    return run(), run


def function(name, operands):
    f = {"exp": numpy.exp, "tanh": numpy.tanh, "add": numpy.add, "mul": numpy.multiply}[name]
    return f(*operands), lambda: f(*operands)
