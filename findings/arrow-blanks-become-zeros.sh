#!/usr/bin/env bash
# Apache Arrow for JavaScript 21.2.0: toArray() of a column with nulls gives 0 where a value is missing, without a word; iterating over the
# same column gives null. One would guess NaN, or an error: toArray() is how a column gets into a typed array, and a flow then learns that
# a part of the rows weighs 0 grams.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund apache-arrow@21.2.0 > /dev/null
cat > program.mjs <<'END'
import { Float64, Table, tableFromIPC, tableToIPC, vectorFromArray } from "apache-arrow";

const file = tableToIPC(new Table({ mass: vectorFromArray([3750, null, 3250], new Float64()) }));
const mass = tableFromIPC(file).getChild("mass");
console.log("nulls    ", mass.nullCount);
console.log("iterated ", [...mass].join());
console.log("toArray()", mass.toArray().join());
END
cat > expected <<'END'
nulls     1
iterated  3750,,3250
toArray() 3750,0,3250
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
