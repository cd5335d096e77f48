import { tensor } from "diffeo";
import { describe, expect, it } from "vitest";
import { joinContext } from "../../src/nets/conditioner.ts";

describe("joinContext", () => {
  it("puts it behind the point", () => {
    expect(joinContext("net", tensor([[1, 2]]), tensor([[3]]), 1).toArray()).toEqual([[1, 2, 3]]);
  });
});
