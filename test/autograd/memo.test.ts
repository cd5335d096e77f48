import { expect, it } from "vitest";
import { memo } from "../../src/autograd/memo.ts";

it.each([1, null, undefined])("memo gives %s at every call, and asks f for it at the first only", (value) => {
  let calls = 0;
  const remembered = memo(() => {
    calls++;
    return value;
  });
  expect(calls).toBe(0);
  expect([remembered(), remembered()]).toEqual([value, value]);
  expect(calls).toBe(1);
});

it("memo asks again after f has thrown", () => {
  const answers = [1, 2];
  const remembered = memo(() => {
    const answer = answers.shift();
    if (answer === 1) throw new Error("not yet");
    return answer;
  });
  expect(remembered).toThrow("not yet");
  expect(remembered()).toBe(2);
});
