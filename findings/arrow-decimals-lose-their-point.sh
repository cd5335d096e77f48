#!/usr/bin/env bash
# Apache Arrow for JavaScript 21.2.0: the decimal 0.30 of a file is 30 as a number and as a text; 12.00 is 1200. The scale is in the schema, and
# nowhere in what a cell gives. One would guess 0.3, as hyparquet gives for the same column in Parquet: prices come from databases as decimals, and
# a density of numbers that are a hundred times too large looks like any other, while log-likelihoods are off by ln 100.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund apache-arrow@21.2.0 > /dev/null
cat > program.mjs <<'END'
import { tableFromIPC } from "apache-arrow";

// pyarrow 26.0.1: table({"price": array([Decimal("0.30"), Decimal("1.10"), Decimal("12.00")], decimal128(9, 2))}), as a stream
const stream =
  "/////4AAAAAQAAAAAAAKAAwABgAFAAgACgAAAAABBAAMAAAACAAIAAAABAAIAAAABAAAAAEAAAAUAAAAEAAUAAgABgAHAAwAAAAQABAAAAAAAAEHEAAAACAAAAAEAAAAAAAAAAUAAABwcmlj" +
  "ZQAAAAgADAAEAAgACAAAAAkAAAACAAAAAAAAAP////+IAAAAFAAAAAAAAAAMABYABgAFAAgADAAMAAAAAAMEABgAAAAwAAAAAAAAAAAACgAYAAwABAAIAAoAAAA8AAAAEAAAAAMAAAAAAAAA" +
  "AAAAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAwAAAAAAAAAAAAAAABAAAAAwAAAAAAAAAAAAAAAAAAAB4AAAAAAAAAAAAAAAAAAABuAAAAAAAAAAAAAAAAAAAAsAQAAAAAAAAAAAAA" +
  "AAAAAP////8AAAAA";
const price = tableFromIPC(Buffer.from(stream, "base64")).getChild("price");
console.log("numbers", [...price].map(Number).join());
console.log("texts  ", [...price].map(String).join());
END
cat > expected <<'END'
numbers 30,110,1200
texts   30,110,1200
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
