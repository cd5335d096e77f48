"""The Python peers: answers the questions that come line by line as JSON with one line of JSON each.

    {"do": "versions"}                              {"numpy": "1.24.2", …}       of the modules named on the command line
    {"do": "prepare", "task": …, "input": …}        {"id": 0, "values": …}       base64 of float64
    {"do": "time", "id": 0, "calls": 10, …}         {"milliseconds": …}          of one call
"""

import base64
import importlib
import json
import sys
import time

sys.path.insert(0, __file__.rsplit("/", 1)[0])

MODULES = {}
for name in sys.argv[1:]:
    try:
        MODULES[name] = importlib.import_module(name)
    except ImportError:
        pass
if "torch" in MODULES:
    MODULES["torch"].set_num_threads(1)


def blas():
    """The libraries of linear algebra that this process has loaded."""
    try:
        with open("/proc/self/maps") as maps:
            paths = {line.split()[-1] for line in maps if "blas" in line or "lapack" in line or "mkl" in line}
    except OSError:
        return "unknown"
    names = sorted(path.rsplit("/", 1)[1] for path in paths if "/python" not in path)
    return " + ".join(names) or "none"


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
    if question["do"] == "versions":
        versions = {name: module.__version__ for name, module in MODULES.items()}
        return {**versions, "blas": blas()} if versions else {}
    if question["do"] == "prepare":
        module, task = question["task"].split(".")
        values, run = getattr(importlib.import_module(module), task)(**decoded(question["input"]))
        PREPARED.append(run)
        return {"id": len(PREPARED) - 1, "values": encoded(values)}
    run, calls = PREPARED[question["id"]], question["calls"]
    now = time.process_time if question["clock"] == "cpu" else time.perf_counter
    start = now()
    for _ in range(calls):
        run()
    return {"milliseconds": 1000 * (now() - start) / calls}


for line in sys.stdin:
    try:
        reply = answer(json.loads(line))
    except Exception as error:  # the other side decides what it means
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
