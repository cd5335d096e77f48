#!/usr/bin/env bash
# FrEIA 0.2: HaarDownsampling run backwards halves the latents that it is given, in place. Decoding the same z twice gives an image of half the brightness, and ‖z‖², thus
# log p(z), taken afterwards is that of another point; with order_by_wavelet=True or rebalance=0.5 nothing of the kind happens, and forwards it never does. One would guess that decoding
# leaves z alone: interpolations and temperature series are drawn from one z again and again. Its documentation says nothing of it. Needs Debian's python3-torch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
/usr/bin/python3 -m venv --system-site-packages python
python/bin/python -m pip install --quiet --disable-pip-version-check scipy==1.10.1
python/bin/python -m pip install --quiet --disable-pip-version-check --no-deps FrEIA==0.2
cat > program.py <<'END'
import torch
import FrEIA.framework as framework
import FrEIA.modules as modules

image = torch.full((1, 1, 2, 2), 8.0)
for options in ({}, {"order_by_wavelet": True}):
    flow = framework.SequenceINN(1, 2, 2)
    flow.append(modules.HaarDownsampling, **options)
    z, _ = flow(image)
    print(options)
    for decoding in range(3):
        print("  z =", z.flatten().tolist(), end=" ")
        print(" image =", flow(z, rev=True)[0].flatten().tolist())
END
cat > expected <<'END'
{}
  z = [16.0, 0.0, 0.0, 0.0]  image = [8.0, 8.0, 8.0, 8.0]
  z = [8.0, 0.0, 0.0, 0.0]  image = [4.0, 4.0, 4.0, 4.0]
  z = [4.0, 0.0, 0.0, 0.0]  image = [2.0, 2.0, 2.0, 2.0]
{'order_by_wavelet': True}
  z = [16.0, 0.0, 0.0, 0.0]  image = [8.0, 8.0, 8.0, 8.0]
  z = [16.0, 0.0, 0.0, 0.0]  image = [8.0, 8.0, 8.0, 8.0]
  z = [16.0, 0.0, 0.0, 0.0]  image = [8.0, 8.0, 8.0, 8.0]
END
python/bin/python program.py 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
