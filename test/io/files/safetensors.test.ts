import { FormatError, Tensor, tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { readSafetensors, tensorIn, writeSafetensors } from "../../../src/io/files/safetensors.ts";
import { partsOf } from "../../support/modelFiles.ts";

const read = (bytes: Uint8Array): ReturnType<typeof readSafetensors> => readSafetensors("read", bytes);

/** A file with that header, as it stands, and so many bytes behind it. */
function withHeader(header: string, bytes = 0, length = new TextEncoder().encode(header).length): Uint8Array {
  const text = new TextEncoder().encode(header);
  const file = new Uint8Array(8 + text.length + bytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(length), true);
  file.set(text, 8);
  return file;
}

describe("writeSafetensors", () => {
  const tensors = new Map([
    ["a", tensor([[1, -0, 5e-324]])],
    ['ü "b"\n', tensor(2)],
    ["none", new Tensor(new Float64Array(0), [0, 3])],
  ]);
  const file = writeSafetensors(
    tensors,
    new Map([
      ["k", "ä\n"],
      ["__proto__", "text"],
    ]),
  );

  it("lays a header that is padded to 8 bytes before numbers without gaps", () => {
    const header = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(header % 8).toBe(0);
    expect(file[8]).toBe("{".charCodeAt(0));
    expect(file.length).toBe(8 + header + 8 * 4);
    expect(new TextDecoder().decode(file.subarray(8, 8 + header))).toMatch(/\} {0,7}$/);
  });

  it("is read by other code, and by ours", () => {
    const parts = partsOf(file);
    expect([...parts.tensors].map(([name, { dtype, shape }]) => [name, dtype, shape])).toEqual([
      ["a", "F64", [1, 3]],
      ['ü "b"\n', "F64", []],
      ["none", "F64", [0, 3]],
    ]);
    expect(new Float64Array(parts.tensors.get("a")?.bytes.buffer as ArrayBuffer)).toEqual(
      Float64Array.of(1, -0, 5e-324),
    );
    const ours = read(file);
    expect([...ours.metadata]).toEqual([
      ["k", "ä\n"],
      ["__proto__", "text"],
    ]);
    for (const [name, value] of tensors) expect(tensorIn("read", ours, name)).toEqual(value);
  });

  it("reads from the middle of a larger buffer", () => {
    const larger = new Uint8Array(file.length + 3);
    larger.set(file, 3);
    expect(tensorIn("read", read(larger.subarray(3)), "a").toArray()).toEqual([[1, -0, 5e-324]]);
  });
});

describe("readSafetensors", () => {
  const entry = (start: number, end: number, more = ""): string =>
    `{"dtype":"F64","shape":[${(end - start) / 8}],"data_offsets":[${start},${end}]${more}}`;

  it("takes any order of fields and tensors, blanks, and types of other sizes", () => {
    const header = ` {"b" : {"shape": [1,2], "data_offsets":[8 , 12], "dtype":"BF16"}, "a":${entry(0, 8)}} `;
    expect(() => read(withHeader(header, 12))).toThrow("must begin with {"); // the format asks for it
    expect([...read(withHeader(header.trim(), 12)).tensors.keys()]).toEqual(["b", "a"]);
    expect(() => tensorIn("read", read(withHeader(header.trim(), 12)), "b")).toThrow('"b" is BF16');
    expect(read(withHeader("{}")).tensors.size).toBe(0);
    expect(read(withHeader('{"__metadata__":{}}')).metadata.size).toBe(0);
  });

  it.each<[string, string, number, RegExp]>([
    ["a gap", `{"a":${entry(8, 16)}}`, 16, /without gap or overlap; "a" begins at byte \d+/],
    ["an overlap", `{"a":${entry(0, 16)},"b":${entry(8, 24)}}`, 24, /without gap or overlap; "b"/],
    ["bytes at the end", `{"a":${entry(0, 8)}}`, 9, /1 more bytes follow/],
    ["a tensor past the end", `{"a":${entry(0, 16)}}`, 8, /must lie within the file/],
    ["offsets that go back", `{"a":${entry(8, 0)}}`, 8, /integers|within the file/],
    ["a shape that does not fill", '{"a":{"dtype":"F64","shape":[2],"data_offsets":[0,8]}}', 8, /must fill its bytes/],
    [
      "a shape of 2^53 twice",
      '{"a":{"dtype":"F64","shape":[9007199254740991,9007199254740991,0],"data_offsets":[0,8]}}',
      8,
      /must fill/,
    ],
    ["an unknown type", '{"a":{"dtype":"F63","shape":[1],"data_offsets":[0,8]}}', 8, /type "F63" of "a" must be known/],
    ["three offsets", '{"a":{"dtype":"F64","shape":[1],"data_offsets":[0,8,8]}}', 8, /two data_offsets/],
    ["a field twice", `{"a":${entry(0, 8, ',"shape":[1]')}}`, 8, /each once/],
    ["a field too many", `{"a":${entry(0, 8, ',"x":[1]')}}`, 8, /each once/],
    ["a tensor twice", `{"a":${entry(0, 8)},"a":${entry(8, 16)}}`, 16, /the tensor "a" may come once/],
    ["a tensor twice, spelled otherwise", `{"a":${entry(0, 8)},"\\u0061":${entry(8, 16)}}`, 16, /may come once/],
    ["metadata twice", '{"__metadata__":{},"__metadata__":{}}', 0, /may come once/],
    ["a key twice", '{"__metadata__":{"k":"1","k":"2"}}', 0, /"k" may come once/],
    ["metadata that is a number", '{"__metadata__":{"k":1}}', 0, /a text must begin here/],
    ["a negative size", '{"a":{"dtype":"F64","shape":[-1],"data_offsets":[0,8]}}', 8, /integers in \[0, 2\^53\)/],
    ["a size with a leading zero", '{"a":{"dtype":"F64","shape":[01],"data_offsets":[0,8]}}', 8, /integers in/],
    ["a size beyond 2^53", '{"a":{"dtype":"F64","shape":[9007199254740993],"data_offsets":[0,8]}}', 8, /integers in/],
    ["a text without an end", '{"a', 0, /must end before the header does/],
    ["a text with a raw line break", '{"a\n":1}', 0, /must be JSON in UTF-8/],
    ["a comma at the end", '{"__metadata__":{},}', 0, /a text must begin here/],
    ["more than a header", "{}{}", 0, /only blanks may follow/],
    ["a list", "[]", 0, /must begin with \{/],
  ])("refuses %s", (_what, header, bytes, message) => {
    expect(() => read(withHeader(header, bytes))).toThrow(message);
    expect(() => read(withHeader(header, bytes))).toThrow(FormatError);
  });

  it("refuses a header that is longer than the file, than 2^53, or not UTF-8, and says where", () => {
    expect(() => read(withHeader("{}", 0, 3))).toThrow("must lie within the file");
    const endless = withHeader("{}");
    endless.fill(255, 0, 8);
    expect(() => read(endless)).toThrow(FormatError);
    const latin = withHeader('{"__metadata__":{"k":"?"}}');
    latin[8 + 22] = 0xe4;
    expect(() => read(latin)).toThrow(expect.objectContaining({ code: "FORMAT", offset: 8 + 21 }));
  });
});
