"""Tasks of NumPy and SciPy. Each gives its values, and what is to be timed."""

import numpy
import warnings


def product(a, b, layout):
    left = a.T if layout == "TN" else a
    right = b.T if layout == "NT" else b
    return left @ right, lambda: left @ right
