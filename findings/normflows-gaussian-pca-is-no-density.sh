#!/usr/bin/env bash
# normflows 1.7.3: the base distribution GaussianPCA is x = μ + zW with noise of deviation σ, so a Gaussian of covariance S = WᵀW + σ²1. Its log_prob has +(D/2) ln 2π for −(D/2) ln 2π
# and det S for ln det S: with D = 2 and W = 1 its density integrates to 23.9, and without W the log-density at the mean is 1.838 whether σ is 0.1 or 0.001 (true: 2.767 and 11.978).
# Its samples have no noise: where W is 0, so is their variance. One would guess a density that integrates to 1 and belongs to the samples: likelihoods of a flow on this base can be
# compared with no other, and maximising them fits neither W nor σ. Its documentation says nothing of it. Needs Debian's python3-torch.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
/usr/bin/python3 -m venv --system-site-packages python
python/bin/python -m pip install --quiet --disable-pip-version-check --no-deps normflows==1.7.3
cat > program.py <<'END'
import torch
from normflows.distributions import GaussianPCA
from torch.distributions import MultivariateNormal

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)


def pca(W, sigma):
    base = GaussianPCA(2, latent_dim=2, sigma=sigma)
    base.W.data = torch.tensor(W)
    return base.requires_grad_(False)


grid = torch.linspace(-8, 8, 401)
cells = torch.cartesian_prod(grid, grid)
base = pca([[1.0, 0.0], [0.0, 1.0]], 0.1)
gaussian = MultivariateNormal(torch.zeros(2), 1.01 * torch.eye(2))
print(f"integral {base.log_prob(cells).exp().sum() * 0.04**2:.2f}, of the Gaussian {gaussian.log_prob(cells).exp().sum() * 0.04**2:.2f}")
for sigma in (0.1, 0.001):
    at_mean = pca([[0.0, 0.0], [0.0, 0.0]], sigma).log_prob(torch.zeros(1, 2)).item()
    true = MultivariateNormal(torch.zeros(2), sigma**2 * torch.eye(2)).log_prob(torch.zeros(2)).item()
    print(f"sigma {sigma}: log-density at the mean {at_mean:.3f}, of the Gaussian {true:.3f}")
print("variance of column 1 of 1000 samples, sigma 0.1:", pca([[1.0, 0.0], [0.0, 0.0]], 0.1).sample(1000)[:, 1].var().item())
END
cat > expected <<'END'
integral 23.94, of the Gaussian 1.00
sigma 0.1: log-density at the mean 1.838, of the Gaussian 2.767
sigma 0.001: log-density at the mean 1.838, of the Gaussian 11.978
variance of column 1 of 1000 samples, sigma 0.1: 0.0
END
python/bin/python program.py 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
