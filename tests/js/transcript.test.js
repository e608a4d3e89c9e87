// @ts-check
import assert from "node:assert/strict";
import { test } from "node:test";
import { Transcript, turnsOf } from "../../static/transcript.js";

/** @typedef {import("../../static/transcript.js").Results} Results */

/** @param {Transcript} transcript */
const textOf = (transcript) =>
  turnsOf(transcript.lines)
    .map(({ text }) => text)
    .join("\n");

/** The only line of a message. @param {Transcript} transcript @param {Results} message @param {number} [offset] @param {number} [covered] */
function line(transcript, message, offset, covered) {
  const [only, ...more] = transcript.take(message, offset, covered);
  assert.ok(only && more.length === 0);
  return only;
}

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
  assert.equal(line(transcript, results("One.", 0, 2)).opensTurn, true);
  assert.equal(line(transcript, results("Two.", 2.5, 2)).opensTurn, false);
  assert.equal(textOf(transcript), "One. Two.");
});

test("a pause opens a turn", () => {
  const transcript = new Transcript();
  transcript.take(results("One.", 0, 2));
  transcript.take(results("", 2, 3));
  assert.equal(line(transcript, results("Two.", 5, 2)).opensTurn, true);
  assert.equal(textOf(transcript), "One.\nTwo.");
});

test("a long turn ends with its sentence, not within it", () => {
  const transcript = new Transcript();
  transcript.take(results("word ".repeat(60).trim(), 0, 10, { speech_final: false }));
  assert.equal(line(transcript, results("goes on.", 10, 1)).opensTurn, false);
  assert.equal(line(transcript, results("Next.", 11, 1)).opensTurn, true);
});

test("the pause after a cut sentence ends it, though its final is empty", () => {
  const transcript = new Transcript();
  transcript.take(results("Half", 0, 2, { speech_final: false }));
  transcript.take(results("", 2, 2));
  assert.equal(line(transcript, results("Next.", 4, 1)).opensTurn, true);
});

test("an interim says where its final will stand and keeps nothing", () => {
  const transcript = new Transcript();
  const interim = line(transcript, results("one", 0, 1, { is_final: false, speech_final: false }));
  assert.deepEqual(interim, { text: "one", start: 0, end: 1, opensTurn: true });
  assert.equal(textOf(transcript), "");
});

test("word times are preferred to the span, which covers silence too", () => {
  const transcript = new Transcript();
  const words = [
    { word: "one", start: 3, end: 3.4 },
    { word: "two", start: 3.5, end: 4 },
  ];
  const channel = { alternatives: [{ transcript: "one two", words }] };
  assert.equal(line(transcript, results("", 0, 5, { channel })).start, 3);
  assert.equal(line(transcript, results("three", 5, 1)).opensTurn, false);
  assert.equal(line(transcript, results("four", 8, 1)).opensTurn, true);
});

test("a second recording's times go on from the first", () => {
  const transcript = new Transcript();
  transcript.take(results("One.", 0, 10));
  transcript.beginRecording();
  assert.equal(line(transcript, results("Two.", 0.5, 2)).start, 10.5);
});

test("a message without alternatives shows nothing", () => {
  const transcript = new Transcript();
  assert.deepEqual(transcript.take(results("", 0, 1, { channel: { alternatives: [] } })), []);
});

test("a second connection's times are shifted to the recording's", () => {
  const transcript = new Transcript();
  transcript.take(results("One.", 0, 10));
  assert.equal(line(transcript, results("Two.", 0.5, 2), 9.5, 10).start, 10);
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
  assert.equal(line(transcript, results("", 0, 3, { channel }), 9, 10).text, "ten, eleven,");
});

test("text without word times is dropped only where finals cover all of it", () => {
  const transcript = new Transcript();
  assert.deepEqual(transcript.take(results("old", 0, 1), 9, 10), []);
  assert.equal(line(transcript, results("new", 0.9, 1), 9, 10).text, "new");
});

test("lost audio is a turn of its own that says how much", () => {
  const transcript = new Transcript();
  transcript.take(results("One.", 0, 2));
  const gap = transcript.takeGap(2, 12.4);
  assert.deepEqual(gap, { text: "[12 s of audio lost]", start: 2, end: 14.4, opensTurn: true, lost: 12.4 });
  assert.equal(line(transcript, results("Two.", 0, 2), 14.4, 14.4).opensTurn, true);
  assert.equal(textOf(transcript), "One.\n[12 s of audio lost]\nTwo.");
});

/** @param {[string, number][]} spoken words with their speakers @returns {Results} */
function conversation(spoken) {
  const words = spoken.map(([word, speaker], index) => ({
    word,
    speaker,
    start: index,
    end: index + 0.9,
    confidence: 0.9,
  }));
  const text = spoken.map(([word]) => word).join(" ");
  return results("", 0, words.length, { channel: { alternatives: [{ transcript: text, words }] } });
}

test("a message of two speakers is a turn for each, and the next goes on with the last", () => {
  const transcript = new Transcript();
  const lines = transcript.take(
    conversation([
      ["How", 0],
      ["so?", 0],
      ["Well.", 1],
    ]),
  );
  assert.deepEqual(
    lines.map(({ text, speaker, start, end, opensTurn }) => [text, speaker, start, end, opensTurn]),
    [
      ["How so?", 0, 0, 1.9, true],
      ["Well.", 1, 2, 2.9, true],
    ],
  );
  assert.equal(line(transcript, conversation([["Yes.", 1]]), 3, 3).opensTurn, false);
  assert.equal(line(transcript, conversation([["I see.", 0]]), 4, 4).opensTurn, true);
});

test("speakers have numbers until they have names", () => {
  const transcript = new Transcript();
  assert.equal(transcript.nameOf(0), "Speaker 1");
  assert.equal(transcript.nameOf(), "");
  transcript.speakers[0] = "Anna";
  assert.equal(transcript.nameOf(0), "Anna");
});

test("a corrected line keeps its place and has no word times", () => {
  const transcript = new Transcript();
  transcript.take(
    conversation([
      ["Won", 0],
      ["to", 0],
    ]),
  );
  assert.deepEqual(transcript.correct(0, "One two"), {
    text: "One two",
    start: 0,
    end: 1.9,
    opensTurn: true,
    speaker: 0,
  });
});

test("after a pause of the recording a turn begins, though its time goes on", () => {
  const transcript = new Transcript();
  transcript.take(results("One.", 0, 2));
  transcript.endTurn();
  transcript.take(results("Two.", 2, 2));
  assert.equal(textOf(transcript), "One.\nTwo.");
});

test("what was stored comes back as it was", () => {
  const transcript = new Transcript();
  transcript.take(
    conversation([
      ["How", 0],
      ["so?", 1],
    ]),
  );
  const again = new Transcript();
  again.restore(structuredClone(transcript.lines), { 1: "Ben" });
  assert.deepEqual([again.lines, again.nameOf(1), again.beginRecording()], [transcript.lines, "Ben", 1.9]);
});
