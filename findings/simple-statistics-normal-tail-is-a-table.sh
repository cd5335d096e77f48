#!/usr/bin/env bash
# simple-statistics 7.8.8: cumulativeStdNormalProbability, the standard normal distribution function, is a table of four digits that ends at 3.09: from there on the answer
# is 0.001 below and 0.999 above, whatever z is, and between table entries it is a step. One would guess Φ: a p-value or a probability integral transform of a flow made with it
# has no tail, and no value below one in a thousand.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund simple-statistics@7.8.8 > /dev/null
cat > program.mjs <<'END'
import { cumulativeStdNormalProbability as cdf } from "simple-statistics";

console.log([-3, -4, -5, -8].map((z) => cdf(z)));
console.log([0.5, 0.5049].map((z) => cdf(z)));
END
cat > expected <<'END'
[ 0.0014, 0.001, 0.001, 0.001 ]
[ 0.6915, 0.6915 ]
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
