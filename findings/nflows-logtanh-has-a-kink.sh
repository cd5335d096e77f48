#!/usr/bin/env bash
# nflows 0.14: LogTanh is tanh up to a cut point and a logarithm beyond it, and its documentation says that value and first derivative match there. Only the value does: the slope
# falls from 0.420 to 0.358 at the default cut point 1, and rises from 0.786 to 2.273 at cut point 0.5. (The slope of tanh at c is 1 − tanh²c; the layer takes 1 − tanh(tanh c).)
# One would guess a smooth layer: log-densities jump by up to 1.06 nats per column where data cross the cut, and the log-determinant, right for the map as it is, hides it.
# Needs Debian's python3-torch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
/usr/bin/python3 -m venv --system-site-packages python
python/bin/python -m pip install --quiet --disable-pip-version-check --no-deps nflows==0.14
cat > program.py <<'END'
import torch
from nflows.transforms.nonlinearities import LogTanh

torch.set_default_dtype(torch.float64)
h = 1e-6
for cut in (0.5, 1.0, 2.0):
    layer = LogTanh(cut)
    y, _ = layer(torch.tensor([[cut - h], [cut], [cut + h]]))
    below, above = (y[1] - y[0]) / h, (y[2] - y[1]) / h
    jump = layer(torch.tensor([[cut + h]]))[1] - layer(torch.tensor([[cut - h]]))[1]
    print(f"cut {cut}: slope {below.item():.3f} below, {above.item():.3f} above, log-determinant jumps by {jump.item():.3f}")
END
cat > expected <<'END'
cut 0.5: slope 0.786 below, 2.273 above, log-determinant jumps by 1.061
cut 1.0: slope 0.420 below, 0.358 above, log-determinant jumps by -0.160
cut 2.0: slope 0.071 below, 0.063 above, log-determinant jumps by -0.107
END
python/bin/python program.py 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
