#!/usr/bin/env bash
# csv-parse 7.0.3: with cast: true the cell 0x1F is the number 0, and so are 0xFF and 0b11. One would guess 31, as Number says, or the text as it
# stands, as Papa Parse leaves it: loggers and registers write such columns, and a density is fitted to zeros, or refused for a column that is
# constant.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --loglevel=error --no-audit --no-fund csv-parse@7.0.3 > /dev/null
cat > program.mjs <<'END'
import { parse } from "csv-parse/sync";

console.log(JSON.stringify(parse("register\n0x1F\n0xFF\n0b11\n31\n", { columns: true, cast: true })));
END
cat > expected <<'END'
[{"register":0},{"register":0},{"register":0},{"register":31}]
END
node program.mjs 2> notes > seen || { cat seen notes >&2; exit 1; }
cat seen
diff expected seen
