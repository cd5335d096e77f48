#!/usr/bin/env bash
# scikit-learn 1.7.2: rows that GaussianMixture.sample draws come sorted by component, all of the first, then all of the second; and with random_state=0 every call draws the same rows.
# One would guess independent draws in random order, as other distributions give: the first rows as training set and the last as test set are other densities, and two samples
# that are compared with each other are one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/python -m pip install --quiet --disable-pip-version-check scikit-learn==1.7.2
cat > program.py <<'END'
import numpy as np
from sklearn.mixture import GaussianMixture

random = np.random.default_rng(0)
x = np.concatenate([random.normal(centre, 1, (100, 1)) for centre in (-10, 0, 10)])
mixture = GaussianMixture(3, random_state=0).fit(x)
rows, components = mixture.sample(300)
print("sorted by component:", bool(np.all(np.diff(components) >= 0)), "of", len(set(components)))
print("the same again:", np.array_equal(rows, mixture.sample(300)[0]))
END
cat > expected <<'END'
sorted by component: True of 3
the same again: True
END
python/bin/python program.py 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
