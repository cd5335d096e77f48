"""The Python peers: answers the questions that come line by line as JSON with one line of JSON each.

    {"do": "import", "module": "torch"}             {"version": "1.13.0", …}     and what tells its BLAS, Python's
    {"do": "prepare", "task": …, "input": …}        {"id": 0, "values": …}       base64 of float64
    {"do": "time", "id": 0, "calls": 10}            {"milliseconds": …}          of one call
"""

import base64
import importlib
import json
import os
import platform
import re
import sys
import time

sys.path.insert(0, __file__.rsplit("/", 1)[0])


def imported(name):
    """The module's version, and what tells the BLAS: the libraries that this process has loaded, PyTorch's configuration."""
    module = importlib.import_module(name)
    facts = {"version": module.__version__, "python": platform.python_version(), "libraries": []}
    if "torch" in sys.modules:
        if os.environ.get("OMP_NUM_THREADS") == "1":
            sys.modules["torch"].set_num_threads(1)
        facts["config"] = sys.modules["torch"].__config__.show()
    try:
        with open("/proc/self/maps") as maps:
            paths = {line.split()[-1] for line in maps}
        facts["libraries"] = sorted(path for path in paths if re.search("/lib[^/]*(blas|lapack|mkl|blis|atlas)[^/]*$", path))
    except OSError:
        pass  # not Linux
    return facts


def array(encoded):
    import numpy

    flat = numpy.frombuffer(base64.b64decode(encoded["float64"]), dtype=numpy.float64)
    return flat.reshape(encoded["shape"]).copy()


def decoded(value):
    """The input with its arrays as arrays."""
    if isinstance(value, dict):
        return array(value) if "float64" in value else {key: decoded(each) for key, each in value.items()}
    return [decoded(each) for each in value] if isinstance(value, list) else value


def encoded(values):
    import numpy

    flat = numpy.ascontiguousarray(numpy.asarray(values), dtype=numpy.float64).ravel()
    return base64.b64encode(flat.tobytes()).decode()


PREPARED = []


def answer(question):
    if question["do"] == "import":
        return imported(question["module"])
    if question["do"] == "prepare":
        module, task = question["task"].split(".")
        values, run = getattr(importlib.import_module(module), task)(**decoded(question["input"]))
        PREPARED.append(run)
        return {"id": len(PREPARED) - 1, "values": encoded(values)}
    run, calls = PREPARED[question["id"]], question["calls"]
    start = time.perf_counter()
    for _ in range(calls):
        run()
    return {"milliseconds": 1000 * (time.perf_counter() - start) / calls}


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # the other side decides what it means
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
