#!/usr/bin/env bash
# pandas 3.1.1: to_json writes ten digits after the point, whatever the size of a number: 4.9e-11 becomes 0, 1.23456789e-8 becomes 1.23e-8,
# and 1.5e-16, which is smaller still, stays. One would guess what Python's json and to_csv write, all digits: lengths in metres and
# currents in amperes arrive as a few different values, and a flow fits spikes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv python
python/bin/python -m pip install --quiet --disable-pip-version-check pandas==3.1.1
cat > program.py <<'END'
import json

import pandas as pd

values = [1 / 3, 1.23456789e-8, 4.9e-11, 1.5e-16]
frame = pd.DataFrame({"x": values})
print("pandas", [row[0] for row in json.loads(frame.to_json(orient="values"))])
print("json  ", json.loads(json.dumps(values)))
print("to_csv", [float(line) for line in frame.to_csv(index=False).split()[1:]])
END
cat > expected <<'END'
pandas [0.3333333333, 1.23e-08, 0.0, 1.5e-16]
json   [0.3333333333333333, 1.23456789e-08, 4.9e-11, 1.5e-16]
to_csv [0.3333333333333333, 1.23456789e-08, 4.9e-11, 1.5e-16]
END
python/bin/python program.py 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
