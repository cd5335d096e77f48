#!/usr/bin/env bash
# jStat 1.9.6: the normal distribution function is 1.8 % too small at −8 (6.11e-16 for 6.22e-16) and 0 from −9 on, and its quantile of 1e-20 is −9.147 for −9.262. One would guess
# the digits that a double has: logarithms of such probabilities are −∞, and latent points that are made from small p-values lie too near.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund jstat@1.9.6 > /dev/null
cat > program.cjs <<'END'
const { jStat } = require("jstat");

console.log([-8, -9, -20].map((z) => jStat.normal.cdf(z, 0, 1).toPrecision(4)));
console.log([1e-10, 1e-20, 1e-30].map((p) => jStat.normal.inv(p, 0, 1).toFixed(3)));
END
cat > expected <<'END'
[ '6.106e-16', '0.000', '0.000' ]
[ '-6.361', '-9.147', '-11.370' ]
END
node program.cjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
