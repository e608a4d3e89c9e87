// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { connectionProblem, microphoneProblem } from "../../static/problems.js";

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
  const end = { code: 1011, error: { type: /** @type {const} */ ("Error"), message: "No credit." } };
  assert.equal(connectionProblem(end, false), "No credit.");
});

test("a server that does not answer and one that hangs up are told apart", () => {
  assert.match(connectionProblem({ code: 1006, error: null }, false), /cannot be reached/);
  assert.match(connectionProblem({ code: 1012, error: null }, true), /ended the connection \(1012\)/);
});
