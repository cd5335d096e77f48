#!/usr/bin/env bash
# TensorFlow.js 4.22.0: where(greater(x, 0), f(x), g(x)) cannot be differentiated in x, although the condition has no slope: the
# gradient throws, since greater has none. TensorFlow in Python, PyTorch and JAX differentiate it. It works when the condition is
# computed outside of what is differentiated. A spline with linear tails, or a leaky ReLU of one's own, is written this way.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund @tensorflow/tfjs@4.22.0 > /dev/null
cat > program.mjs <<'END'
import * as tf from "@tensorflow/tfjs";

const x = tf.tensor1d([-1, 2]);
const leaky = (x, condition) => tf.sum(tf.where(condition, x, tf.mul(x, 0.1)));
try {
  tf.grad((x) => leaky(x, tf.greater(x, 0)))(x);
} catch (error) {
  console.log(error.message);
}
const condition = tf.greater(x, 0);
console.log(Array.from(tf.grad((x) => leaky(x, condition))(x).dataSync(), (g) => g.toFixed(3)).join());
END
cat > expected <<'END'
Cannot compute gradient: gradient function not found for Greater.
0.100,1.000
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
