#!/usr/bin/env bash
# TensorFlow.js 4.22.0: the gradient of elu cannot be differentiated again, while that of softplus can. A penalty on the gradient of
# a net, or the trace of a Jacobian in training, works with one activation and throws with the other.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund @tensorflow/tfjs@4.22.0 > /dev/null
cat > program.mjs <<'END'
import * as tf from "@tensorflow/tfjs";

const twice = (f) => tf.grad((x) => tf.sum(tf.grad((y) => tf.sum(f(y)))(x)))(tf.tensor1d([-1])).dataSync()[0];
console.log(twice(tf.softplus).toFixed(4));
try {
  console.log(twice(tf.elu));
} catch (error) {
  console.log(error.message.split(".")[0]);
}
END
cat > expected <<'END'
0.1966
Cannot compute gradient of y=f(x) with respect to x
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
