#!/usr/bin/env bash
# TensorFlow.js 4.22.0: where a maximum is attained k times, the gradient of max is 1 at each place, k in all. Raising all entries
# together raises max by as much, so the entries of a gradient should add up to 1: TensorFlow in Python and JAX share it among the
# places. Of maximum(a, b) with a = b it all goes to a.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund @tensorflow/tfjs@4.22.0 > /dev/null
cat > program.mjs <<'END'
import * as tf from "@tensorflow/tfjs";

console.log(Array.from(tf.grad((x) => tf.max(x))(tf.tensor1d([1, 1, 1, 0])).dataSync()).join());
const one = tf.tensor1d([1]);
const [a, b] = tf.grads((a, b) => tf.sum(tf.maximum(a, b)))([one, tf.clone(one)]);
console.log(a.dataSync()[0], b.dataSync()[0]);
END
cat > expected <<'END'
1,1,1,0
1 0
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
