#!/usr/bin/env bash
# normflows 1.7.3: transforms.Shift, the layer that takes pixels from [0, 1] to [−0.5, 0.5], subtracts in place. Whoever asks for log_prob(x) has another x afterwards, and the same
# line run again gives another number: here 0.5 nats lower for one row and higher for the other. One would guess that scoring leaves the data alone, as each other layer does:
# with this one, a training set that is visited in epochs wanders off by 0.5 each time. Its documentation says nothing of it. Needs Debian's python3-torch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
/usr/bin/python3 -m venv --system-site-packages python
python/bin/python -m pip install --quiet --disable-pip-version-check --no-deps normflows==1.7.3
cat > program.py <<'END'
import torch
import normflows as nf

base = nf.distributions.DiagGaussian(1, trainable=False)
flow = nf.NormalizingFlow(base, [nf.transforms.Shift(-0.5)])
x = torch.tensor([[0.0], [1.0]])
for call in range(3):
    print("x =", x.flatten().tolist(), " log_prob =", [f"{value:.3f}" for value in flow.log_prob(x).tolist()])
END
cat > expected <<'END'
x = [0.0, 1.0]  log_prob = ['-1.044', '-1.044']
x = [-0.5, 0.5]  log_prob = ['-1.419', '-0.919']
x = [-1.0, 0.0]  log_prob = ['-2.044', '-1.044']
END
python/bin/python program.py 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
