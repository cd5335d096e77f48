#!/usr/bin/env bash
# TensorFlow.js 4.22.0: logSumExp of entries that are all -Infinity is NaN. ln(0 + 0) is -Infinity, which SciPy, PyTorch and JAX
# give: it is the log-density of a mixture where no component has any.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund @tensorflow/tfjs@4.22.0 > /dev/null
cat > program.mjs <<'END'
import * as tf from "@tensorflow/tfjs";

console.log(tf.logSumExp(tf.tensor1d([-Infinity, -Infinity])).dataSync()[0]);
console.log(tf.logSumExp(tf.tensor1d([-Infinity, 0])).dataSync()[0]);
console.log(tf.logSumExp(tf.tensor1d([Infinity, 0])).dataSync()[0]);
END
cat > expected <<'END'
NaN
0
NaN
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
