"""What scripts/test-interop.mjs asks of Python: one of the functions below, by name, with files.

    python check.py FUNCTION FILE ...
"""

import hashlib
import json
import struct
import sys

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file, save_file


def parts(path):
    """The metadata of a file and its tensors, as the package safetensors reads them."""
    with safe_open(path, framework="numpy") as file:
        return file.metadata(), {name: file.get_tensor(name) for name in file.keys()}


def opens(model, numbers):
    """The package opens a model, and finds the numbers that Node has written as JSON ("NaN", "-0" as texts), to the bit."""
    metadata, tensors = parts(model)
    assert {"diffeo.format", "diffeo.version", "diffeo.flow", "diffeo.extra", "diffeo.sha256"} == set(metadata), metadata.keys()
    assert all(isinstance(text, str) for text in metadata.values())
    with open(numbers, encoding="utf-8") as file:
        expected = json.load(file)
    ours = {name for name in tensors if not name.startswith("reference.")}
    assert ours == set(expected), ours ^ set(expected)
    by_other_means = load_file(model)
    assert set(by_other_means) == set(tensors)
    for name, tensor in tensors.items():
        assert tensor.dtype == np.float64, name
        assert bits(tensor) == bits(by_other_means[name]), name
        if name in expected:
            assert list(tensor.shape) == expected[name]["shape"], name
            assert bits(tensor) == struct.pack(f"<{tensor.size}d", *map(float, expected[name]["data"])), name
    print(f"{len(tensors)} tensors")


def bits(tensor):
    return np.ascontiguousarray(tensor, "<f8").tobytes()


def layout(model):
    """Tensors fill what follows the header without gap or overlap, in the order of the header, at multiples of 8 bytes."""
    with open(model, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    assert length % 8 == 0
    text = content[8 : 8 + length].decode("utf-8")
    assert text.startswith("{") and text.rstrip(" ").endswith("}")
    header = json.loads(text, object_pairs_hook=without_doubles)
    del header["__metadata__"]
    at = 0
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        assert begin == at and end - begin == 8 * int(np.prod(entry["shape"])), name
        at = end
    assert 8 + length + at == len(content)


def without_doubles(pairs):
    assert len({name for name, _ in pairs}) == len(pairs)
    return dict(pairs)


def rewrite(model, copy):
    """Writes the model anew, its tensors handed over in another order, with the same texts."""
    metadata, tensors = parts(model)
    save_file({name: tensors[name] for name in reversed(tensors)}, copy, metadata)


def in_fortran_order(model, copy, signed):
    """Writes the model with a weight in Fortran order, once under the old hash and once under one that is right for what was written."""
    metadata, tensors = parts(model)
    name = next(each for each in tensors if each.endswith("conditioner.0.weight"))
    weight = np.asfortranarray(tensors[name])
    assert np.array_equal(weight, tensors[name])
    save_file({**tensors, name: weight}, copy, metadata)
    _, read = parts(copy)
    assert read[name].shape == weight.shape and not np.array_equal(read[name], weight), "safetensors writes Fortran order as it should"
    save_file(read, signed, {**metadata, "diffeo.sha256": hash_of(metadata, read)})


def signs(model):
    """The hash of docs/contract.md, computed here, is the one in the file."""
    metadata, tensors = parts(model)
    assert hash_of(metadata, tensors) == metadata["diffeo.sha256"]


def hash_of(metadata, tensors):
    """SHA-256 of texts and tensors in the order of their names, each part preceded by its length (docs/contract.md)."""
    digest = hashlib.sha256()

    def put(part):
        digest.update(b"%d:" % len(part) + part)

    for key in sorted(metadata):
        if key != "diffeo.sha256":
            put(key.encode())
            put(metadata[key].encode())
    for name in sorted(tensors):
        put(json.dumps([name, "F64", list(tensors[name].shape)], separators=(",", ":"), ensure_ascii=False).encode())
        put(bits(tensors[name]))
    return digest.hexdigest()


FUNCTIONS = {each.__name__: each for each in (opens, layout, rewrite, in_fortran_order, signs)}

if __name__ == "__main__":
    FUNCTIONS[sys.argv[1]](*sys.argv[2:])
