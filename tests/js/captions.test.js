// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { cuesOf, lastRows } from "../../static/captions.js";

test("rows that are full stay as they are while the last one grows", () => {
  assert.deepEqual(lastRows(["one two three"], 8, 2), ["one two", "three"]);
  assert.deepEqual(lastRows(["one two three four five"], 8, 2), ["three", "four", "five"].slice(-2));
  assert.deepEqual(lastRows(["Yes.", "No, not at all"], 10, 3), ["Yes.", "No, not at", "all"]);
});

test("a word longer than a row is cut, and nothing is nothing", () => {
  assert.deepEqual(lastRows(["abcdefghijkl"], 5, 9), ["abcde", "fghij", "kl"]);
  assert.deepEqual(lastRows([""], 5, 2), []);
});

test("without word times each word has its share of the line's", () => {
  const text = "abcd ".repeat(30).trim();
  const cues = cuesOf([{ text, start: 10, end: 40, opensTurn: true }]);
  assert.deepEqual([cues[0]?.start, cues.at(-1)?.end], [10, 40]);
  for (const [index, { start }] of cues.entries()) assert.ok(index === 0 || start === cues[index - 1]?.end);
  assert.ok(cues.every(({ start, end }) => end - start <= 7.1));
});

test("a short caption stands for a second where there is room, and not into the next", () => {
  const word = (/** @type {string} */ text, /** @type {number} */ start) => ({
    text,
    start,
    end: start + 0.2,
    opensTurn: true,
    words: [{ word: text, start, end: start + 0.2, confidence: 1 }],
  });
  const [first, second] = cuesOf([
    { ...word("Yes.", 0), speaker: 0 },
    { ...word("No.", 0.5), speaker: 1 },
  ]);
  assert.deepEqual([first?.end, second?.end], [0.5, 1.5]);
});
