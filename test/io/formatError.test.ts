import { FormatError } from "diffeo/io";
import { DiffeoError } from "diffeo/tensor";
import { expect, test } from "vitest";

test("a FormatError says where in the file the fault is", () => {
  const error = new FormatError("loadFlow: the file must be whole; it ends after 3 bytes", 3);
  expect(error).toBeInstanceOf(DiffeoError);
  expect(error).toMatchObject({ code: "FORMAT", name: "FormatError", offset: 3 });
});
