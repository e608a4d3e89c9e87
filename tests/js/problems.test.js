// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { captureProblem, connectionProblem } from "../../static/problems.js";

for (const [name, advice] of [
  ["SecurityError", "https"],
  ["NotAllowedError", "Allow it"],
  ["NotFoundError", "Connect one"],
  ["NotReadableError", "another program"],
]) {
  test(`${name} says what to do`, () => {
    assert.match(captureProblem(new DOMException("", name), "microphone"), new RegExp(String(advice)));
  });
}

test("what was not shared, or without sound, says what to do", () => {
  assert.match(captureProblem(new DOMException("", "NotAllowedError"), "tab"), /choose a tab/);
  assert.match(captureProblem(new DOMException("", "NoAudioError"), "both"), /Share audio/);
  assert.match(captureProblem(new DOMException("", "NotSupportedError"), "file"), /cannot play/);
});

test("an error without a sentence of its own is named", () => {
  assert.match(captureProblem(new DOMException("", "AbortError"), "microphone"), /AbortError/);
  assert.match(captureProblem(new Error("odd"), "microphone"), /odd/);
});

test("what the server said comes first", () => {
  const end = { code: 1011, error: { type: /** @type {const} */ ("Error"), message: "No credit." } };
  assert.equal(connectionProblem(end, null), "No credit.");
  const refused = { status: 503, message: "All sessions are taken." };
  assert.equal(connectionProblem({ code: 1006, error: null }, refused), "All sessions are taken.");
});

test("a server that does not answer and one that hangs up are told apart", () => {
  assert.match(connectionProblem({ code: 1006, error: null }, null), /cannot be reached/);
  const answer = { status: 426, message: "" };
  assert.match(connectionProblem({ code: 1012, error: null }, answer), /ended the connection \(1012\)/);
});
