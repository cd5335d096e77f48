#!/usr/bin/env bash
# TensorFlow.js 4.22.0: div of two int32 tensors rounds down and stays int32, so that pixels divided by their number of levels are
# all 0. TensorFlow in Python divides integers to floats. With a plain number as the divisor the result is a float.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund @tensorflow/tfjs@4.22.0 > /dev/null
cat > program.mjs <<'END'
import * as tf from "@tensorflow/tfjs";

const pixels = tf.tensor1d([0, 128, 255], "int32");
const levels = tf.scalar(256, "int32");
console.log(tf.div(pixels, levels).dtype, Array.from(tf.div(pixels, levels).dataSync()).join());
console.log(tf.div(pixels, 256).dtype, Array.from(tf.div(pixels, 256).dataSync()).join());
END
cat > expected <<'END'
int32 0,0,0
float32 0,0.5,0.99609375
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
