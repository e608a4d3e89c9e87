// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionProblem, microphoneProblem } from "../../static/problems.js";

const HEALTHY = { status: "ok", accepting: true };

for (const [name, advice] of [
  ["SecurityError", "https"],
  ["NotAllowedError", "Allow it"],
  ["NotFoundError", "Connect one"],
  ["NotReadableError", "another program"],
  ["OverconstrainedError", "choose another"],
]) {
  test(`${name} says what to do`, () => {
    assert.match(microphoneProblem(new DOMException("", name)), new RegExp(String(advice)));
  });
}

test("an error without a sentence of its own is named", () => {
  assert.match(microphoneProblem(new DOMException("", "AbortError")), /AbortError/);
  assert.match(microphoneProblem(new Error("odd")), /odd/);
});

test("what the server said comes first", () => {
  const end = { code: 1011, error: { type: /** @type {const} */ ("Error"), message: "No credit." }, opened: true };
  assert.equal(connectionProblem(end, null), "No credit.");
});

test("a server that does not answer, is full, refuses or hangs up is told apart", () => {
  const end = { code: 1006, error: null, opened: false };
  assert.match(connectionProblem(end, null), /cannot be reached/);
  assert.match(connectionProblem(end, { ...HEALTHY, accepting: false }), /full/);
  assert.match(connectionProblem(end, HEALTHY), /did not accept/);
  assert.match(connectionProblem({ ...end, opened: true }, HEALTHY), /lost \(1006\)/);
});
