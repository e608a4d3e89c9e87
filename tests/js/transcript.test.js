// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Transcript } from "../../static/transcript.js";

/** @typedef {import("../../static/transcript.js").Results} Results */

/**
 * @param {string} transcript
 * @param {number} start
 * @param {number} duration
 * @param {Partial<Results>} [more]
 * @returns {Results}
 */
function results(transcript, start, duration, more = {}) {
  const channel = { alternatives: [{ transcript }] };
  return { type: "Results", start, duration, is_final: true, speech_final: true, channel, ...more };
}

test("sentences close to each other share a turn", () => {
  const transcript = new Transcript();
  assert.equal(transcript.take(results("One.", 0, 2)).opensTurn, true);
  assert.equal(transcript.take(results("Two.", 2.5, 2)).opensTurn, false);
  assert.equal(transcript.text, "One. Two.");
});

test("a pause opens a turn", () => {
  const transcript = new Transcript();
  transcript.take(results("One.", 0, 2));
  transcript.take(results("", 2, 3));
  assert.equal(transcript.take(results("Two.", 5, 2)).opensTurn, true);
  assert.equal(transcript.text, "One.\nTwo.");
});

test("a long turn ends with its sentence, not within it", () => {
  const transcript = new Transcript();
  transcript.take(results("word ".repeat(60).trim(), 0, 10, { speech_final: false }));
  assert.equal(transcript.take(results("goes on.", 10, 1)).opensTurn, false);
  assert.equal(transcript.take(results("Next.", 11, 1)).opensTurn, true);
});

test("the pause after a cut sentence ends it, though its final is empty", () => {
  const transcript = new Transcript();
  transcript.take(results("Half", 0, 2, { speech_final: false }));
  transcript.take(results("", 2, 2));
  assert.equal(transcript.take(results("Next.", 4, 1)).opensTurn, true);
});

test("an interim says where its final will stand and keeps nothing", () => {
  const transcript = new Transcript();
  const interim = transcript.take(results("one", 0, 1, { is_final: false, speech_final: false }));
  assert.deepEqual(interim, { text: "one", start: 0, opensTurn: true });
  assert.equal(transcript.text, "");
});

test("word times are preferred to the span, which covers silence too", () => {
  const transcript = new Transcript();
  const words = [
    { word: "one", start: 3, end: 3.4 },
    { word: "two", start: 3.5, end: 4 },
  ];
  const line = transcript.take(results("", 0, 5, { channel: { alternatives: [{ transcript: "one two", words }] } }));
  assert.equal(line.start, 3);
  assert.equal(transcript.take(results("three", 5, 1)).opensTurn, false);
  assert.equal(transcript.take(results("four", 8, 1)).opensTurn, true);
});

test("a second recording's times go on from the first", () => {
  const transcript = new Transcript();
  transcript.take(results("One.", 0, 10));
  transcript.beginRecording();
  assert.equal(transcript.take(results("Two.", 0.5, 2)).start, 10.5);
});

test("clear forgets the text and not the time", () => {
  const transcript = new Transcript();
  transcript.take(results("One.", 0, 10));
  transcript.clear();
  assert.equal(transcript.text, "");
  assert.deepEqual(transcript.take(results("Two.", 10, 2)), { text: "Two.", start: 10, opensTurn: true });
});

test("a message without alternatives shows nothing", () => {
  const transcript = new Transcript();
  assert.equal(transcript.take(results("", 0, 1, { channel: { alternatives: [] } })).text, "");
});

test("a second connection's times are shifted to the recording's", () => {
  const transcript = new Transcript();
  transcript.take(results("One.", 0, 10));
  assert.equal(transcript.take(results("Two.", 0.5, 2), 9.5, 10).start, 10);
});

test("words that a final holds already are dropped", () => {
  const transcript = new Transcript();
  const words = ["nine", "ten", "eleven"].map((word, index) => ({
    word,
    punctuated_word: `${word},`,
    start: index,
    end: index + 0.9,
  }));
  const channel = { alternatives: [{ transcript: "nine, ten, eleven,", words }] };
  assert.equal(transcript.take(results("", 0, 3, { channel }), 9, 10).text, "ten, eleven,");
});

test("text without word times is dropped only where finals cover all of it", () => {
  const transcript = new Transcript();
  assert.equal(transcript.take(results("old", 0, 1), 9, 10).text, "");
  assert.equal(transcript.take(results("new", 0.9, 1), 9, 10).text, "new");
});

test("lost audio is a turn of its own that says how much", () => {
  const transcript = new Transcript();
  transcript.take(results("One.", 0, 2));
  assert.deepEqual(transcript.takeGap(2, 12.4), { text: "[12 s of audio lost]", start: 2, opensTurn: true });
  assert.equal(transcript.take(results("Two.", 0, 2), 14.4, 14.4).opensTurn, false);
  assert.equal(transcript.text, "One.\n[12 s of audio lost] Two.");
});
