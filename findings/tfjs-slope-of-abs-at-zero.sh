#!/usr/bin/env bash
# TensorFlow.js 4.22.0: the derivative of |x| at 0 is -1, for 0 and for -0. One would guess 0, as in TensorFlow in Python, PyTorch
# and NumPy's sign. The density of a Laplace distribution at its centre gets a slope from it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund @tensorflow/tfjs@4.22.0 > /dev/null
cat > program.mjs <<'END'
import * as tf from "@tensorflow/tfjs";

const slopes = tf.grad((x) => tf.sum(tf.abs(x)))(tf.tensor1d([-2, 0, 2]));
console.log(Array.from(slopes.dataSync()).join());
console.log(Array.from(tf.sign(tf.tensor1d([-2, 0, 2])).dataSync()).join());
END
cat > expected <<'END'
-1,-1,1
-1,0,1
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
