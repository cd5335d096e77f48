#!/usr/bin/env bash
# math.js 15.2.0: kldivergence is NaN as soon as an event has probability 0 under the first distribution, even from a distribution to itself. One would guess the convention of every
# textbook, 0 ln 0 = 0: Σ q ln(q/p) of [1, 0] and [0.5, 0.5] is ln 2. Empty bins of a histogram and pixel levels that never occur are such zeros, and a mean over classes is lost with one
# of them. An infinite divergence is Infinity, as it should be. Its documentation says nothing of zeros.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund mathjs@15.2.0 > /dev/null
cat > program.mjs <<'END'
import { kldivergence } from "mathjs";

const show = (q, p) => console.log(JSON.stringify(q), JSON.stringify(p), kldivergence(q, p).toFixed(6));
show([1, 0], [0.5, 0.5]);
show([0.25, 0.75, 0], [0.25, 0.5, 0.25]);
show([1, 0], [1, 0]);
show([1 - 1e-12, 1e-12], [0.5, 0.5]);
show([0.5, 0.5], [1, 0]);
END
cat > expected <<'END'
[1,0] [0.5,0.5] NaN
[0.25,0.75,0] [0.25,0.5,0.25] NaN
[1,0] [1,0] NaN
[0.999999999999,1e-12] [0.5,0.5] 0.693147
[0.5,0.5] [1,0] Infinity
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
