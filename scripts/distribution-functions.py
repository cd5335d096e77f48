# Values of distribution functions, their logarithms and their inverses, to the nearest float64: the oracle of
# test/distributions/distributionFunctions.test.ts.
#
#   pip install mpmath==1.3.0
#   python3 scripts/distribution-functions.py > test/distributions/data/functions.json
#
# Arguments are the float64 numbers that are written; everything else has 60 digits. Student's t is the regularised incomplete beta function,
# F(-t) = I_x(df/2, 1/2)/2 with x = df/(df + t^2), by its continued fraction and a series; two integrals of the density check them. Where F is a float64 number
# below 2^-1022, or none, F is left out, and its logarithm stays.

import json
import sys

from mpmath import erfc, exp, gamma, log, loggamma, mp, mpf, ncdf, npdf, pi, quad, sqrt

mp.dps = 60
SMALLEST = mpf(2) ** -1022


def number(value):
    """The nearest float64; null for what none of full precision is near."""
    if value != 0 and abs(value) < SMALLEST:
        return None
    return float(value)


NORMAL = [0.0]
for size in [1e-300, 1e-10, 1e-3, 0.1, 0.3, 0.5, 0.7, 0.70710678, 0.8, 0.9, 0.999, 1.0, 1.001, 1.3, 1.9, 2.5, 3.7, 4.9, 5.1, 6.5, 8.0, 8.4, 10.0,
             13.7, 17.0, 20.0, 22.5, 26.0, 30.0, 34.0, 37.5, 38.0, 38.6, 40.0, 60.5, 100.0, 1e3, 1e5, 1e10, 1e100]:
    NORMAL += [size, -size]


def normal(x):
    x = mpf(x)
    if x < -1e4:  # erfc of it is too small even for mpmath to be quick: the asymptotic series
        s = -x
        terms = [mpf(1)]
        for k in range(1, 9):
            terms.append(-terms[-1] * (2 * k - 1) / s**2)
        mills = sum(terms) / s
        return mpf(0), -s * s / 2 - log(2 * pi) / 2 + log(mills), 1 / mills
    F = erfc(-x / sqrt(mpf(2))) / 2
    return F, log(F) if x < 0 else mp.log1p(-erfc(x / sqrt(mpf(2))) / 2), npdf(x) / F


def power(df, t):
    """(1 + t^2/df)^(-df/2)"""
    return exp(-df / 2 * mp.log1p(t * t / df))


def tail(df, t):
    """P(T > t), t > 0."""
    if t * t < 3:
        return mpf(1) / 2 - centre(df, t)
    a, b, x = df / 2, mpf(1) / 2, df / (df + t * t)
    scale = exp(loggamma(a + b) - loggamma(a)) / sqrt(pi) / a
    return power(df, t) * t / sqrt(df + t * t) * scale * fraction(a, b, x) / 2


def fraction(a, b, x):
    """The continued fraction of I_x(a, b), Abramowitz & Stegun (1964), 26.5.8, from its end, with 60 digits left after what it loses."""
    before, depth = None, 32
    with mp.workdps(mp.dps + 15):
        while True:
            rest = mpf(0)
            for m in range(depth, 0, -1):
                rest = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)) / (1 + rest)
                rest = -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1)) / (1 + rest)
            value = 1 / (1 + rest)
            if before is not None and abs(value / before - 1) < mpf(10) ** (-mp.dps + 20):
                return value
            before, depth = value, depth * 2


def density(df, t):
    scale = exp(loggamma((df + 1) / 2) - loggamma(df / 2)) / sqrt(pi * df)
    return scale * power(df, t) / sqrt(1 + t * t / df)


def centre(df, t):
    """P(0 < T < t)"""
    y = t * t / (df + t * t)
    b = (df + 1) / 2
    term, total, n = mpf(1), mpf(0), 0
    while term > total * mpf(10) ** -70:
        total += term
        term *= y * (b + n) / (mpf(3) / 2 + n)
        n += 1
    return t * density(df, t) * total


DFS = [0.1, 0.3, 0.75, 1.0, 1.5, 2.0, 2.7, 4.0, 5.5, 10.0, 31.0, 100.0, 1234.5, 1e4, 1e6]
TS = [1e-10, 0.01, 0.2, 0.31, 0.5, 0.9, 1.0, 1.2, 1.41, 1.42, 1.7, 2.5, 4.0, 7.5, 13.0, 21.0, 30.0, 36.0, 37.5, 55.0, 1e3, 1e5, 1e10, 1e60, 1e150, 1e300]

student = []
for df in DFS:
    for t in TS:
        F = tail(mpf(df), mpf(t))
        logF = log(F)
        if logF < -1e9:
            continue
        student.append([df, -t, number(F), float(logF)])
        student.append([df, t, float(1 - F), float(mp.log1p(-F))])

for df, t in [(0.75, 0.9), (5.5, 2.5)]:  # the integral of the density itself
    nu = mpf(df)
    p = lambda s: gamma((nu + 1) / 2) / gamma(nu / 2) / sqrt(pi * nu) * (1 + s * s / nu) ** (-(nu + 1) / 2)
    integral = mpf(1) / 2 - quad(p, [0, mpf(t)])
    if abs(integral / tail(nu, mpf(t)) - 1) > mpf(10) ** -40:
        sys.exit(f"the formula is wrong at {df}, {t}")

PS = [1e-300, 1e-200, 1e-100, 1e-30, 1e-16, 1e-8, 1e-4, 0.01, 0.1, 0.2, 0.2499, 0.2501, 0.3, 0.4, 0.49, 0.499999, 0.5000001, 0.6, 0.75, 0.9, 0.999, 1 - 2.0**-40, 1 - 2.0**-53]
quantiles = []
for df in DFS:
    for p in PS:
        nu, q = mpf(df), mpf(p)
        side = -1 if q < 0.5 else 1
        target = log(q if q < 0.5 else 1 - q)
        low, high = mpf(-60), mpf(709)  # of ln |x|
        with mp.workdps(20):
            if log(tail(nu, exp(high))) > target:
                continue  # beyond float64
            for _ in range(24):
                middle = (low + high) / 2
                low, high = (middle, high) if log(tail(nu, exp(middle))) > target else (low, middle)
        v = (low + high) / 2
        for _ in range(7):  # Newton's method
            t = exp(v)
            S = tail(nu, t)
            v += (log(S) - target) * S / (t * density(nu, t))
        if abs(log(tail(nu, exp(v))) - target) > mpf(10) ** -40:
            sys.exit(f"no quantile found at {df}, {p}")
        quantiles.append([df, p, number(side * exp(v))])

# 0.25 N(-40, 1) + 0.25 Laplace(0, 0.5) + 0.5 Student(df 3, loc 5, scale 2): modes far apart, tails of three kinds
laplaceF = lambda z: exp(z) / 2 if z < 0 else 1 - exp(-z) / 2
laplaceS = lambda z: laplaceF(-z)
studentF = lambda z: tail(mpf(3), -z) if z < 0 else 1 - studentS(z)
studentS = lambda z: tail(mpf(3), z) if z > 0 else (1 - tail(mpf(3), -z) if z < 0 else mpf(1) / 2)
W = [mpf(number) for number in [0.25, 0.25, 0.5]]


def mixtureF(x):
    return W[0] * ncdf(x + 40) + W[1] * laplaceF(x / mpf(0.5)) + W[2] * studentF((x - 5) / 2)


def mixtureS(x):
    return W[0] * ncdf(-x - 40) + W[1] * laplaceS(x / mpf(0.5)) + W[2] * studentS((x - 5) / 2)


mixture = []
for p in [1e-100, 1e-12, 1e-3, 0.1, 0.2, 0.24, 0.2501, 0.26, 0.3, 0.49, 0.5, 0.51, 0.7, 0.9, 0.999, 1 - 2.0**-30, 1 - 2.0**-53]:
    q = mpf(p)
    f = (lambda x: log(mixtureF(x)) - log(q)) if q <= 0.5 else (lambda x: log(1 - q) - log(mixtureS(x)))
    low, high = mpf(-1e40), mpf(1e40)
    for _ in range(260):
        middle = (low + high) / 2
        if f(middle) < 0:
            low = middle
        else:
            high = middle
    mixture.append([p, float((low + high) / 2)])

rows = lambda name, values: f' "{name}": [\n' + ",\n".join("  " + json.dumps(row) for row in values) + "\n ]"
parts = [
    ' "made by": "scripts/distribution-functions.py, mpmath 1.3.0, 60 digits"',
    rows("normal: x, F, ln F, F\'/F", [[x, number(F), float(logF), number(h)] for x in NORMAL for F, logF, h in [normal(x)]]),
    rows("studentT: df, x, F, ln F", student),
    rows("studentT: df, p, x", quantiles),
    rows("mixture: p, x", mixture),
]
print("{\n" + ",\n".join(parts) + "\n}")
