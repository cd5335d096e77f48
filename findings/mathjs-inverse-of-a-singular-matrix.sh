#!/usr/bin/env bash
# math.js 15.2.0: det says that a matrix is singular, 0 exactly, and inv of the same matrix returns numbers of size 1e15 without an
# error. One would guess that inv throws, as it does for [[1, 2], [2, 4]]: a linear layer whose determinant is checked with one is
# inverted by the other.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund mathjs@15.2.0 > /dev/null
cat > program.mjs <<'END'
import { det, inv, max, abs } from "mathjs";

const singular = [[1, 2, 3], [4, 5, 6], [7, 8, 9]];
console.log(det(singular));
console.log(max(abs(inv(singular))) > 1e14);
try {
  inv([[1, 2], [2, 4]]);
} catch (error) {
  console.log(error.message);
}
END
cat > expected <<'END'
0
true
Cannot calculate inverse, determinant is zero
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
