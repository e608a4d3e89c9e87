// @ts-check
/**
 * From Deepgram's `Results` to lines with a speaker and times. Owns times and turns; touches no DOM.
 *
 * @typedef {{ word: string, punctuated_word?: string, start: number, end: number, confidence?: number,
 *   speaker?: number }} ResultWord
 * @typedef {{ transcript: string, words?: ResultWord[] }} Alternative
 * @typedef {{ type: "Results", start: number, duration: number, is_final: boolean, speech_final?: boolean,
 *   from_finalize?: boolean, channel: { alternatives: Alternative[] } }} Results times in seconds from the start of the connection's audio
 * @typedef {{ word: string, start: number, end: number, confidence: number }} Word as it is written, with its times
 * @typedef {{ text: string, start: number, end: number, opensTurn: boolean, speaker?: number, words?: Word[],
 *   lost?: number }} Line what one speaker says in one final; times in seconds from the first recording's start;
 *   `words` where their times are known and nobody corrected them; `lost`: no words, but seconds of audio that are gone
 * @typedef {{ start: number, speaker?: number, lost?: number, text: string }} Turn
 */

import { t } from "./texts.js";

/** A pause this long between two sentences, in seconds, opens a new turn. */
const TURN_GAP_S = 1.5;
/** A turn this long, in characters, ends with its sentence: long blocks are hard to follow. */
const TURN_CHARS = 280;

export class Transcript {
  /** @type {Line[]} */ lines = [];
  /** Names that the user gave, by Deepgram's number of the speaker. @type {Record<number, string>} */ speakers = {};
  /** The end of all results so far. */ seconds = 0;
  /** Where the running recording begins. */ #origin = 0;
  #turnChars = 0;
  #sentenceEnded = true;

  /** A recording begins, or goes on after a reload: its times count from `origin`, which it returns. */
  beginRecording(origin = this.seconds) {
    this.#origin = origin;
    this.#sentenceEnded = true;
    return origin;
  }

  /** What comes next stands in a turn of its own. */
  endTurn() {
    this.#sentenceEnded = true;
    this.#turnChars = TURN_CHARS;
  }

  /** Takes back what was shown before. @param {Line[]} lines @param {Record<number, string>} speakers */
  restore(lines, speakers) {
    this.speakers = speakers;
    for (const line of lines) this.#keep(line);
  }

  /** @param {number} [speaker] */
  nameOf(speaker) {
    return speaker === undefined ? "" : this.speakers[speaker] || t("speaker", { number: speaker + 1 });
  }

  /**
   * Takes one message; returns the lines that it shows, one for each speaker in it.
   * @param {Results} results
   * @param {number} [offset] where the connection's audio begins in the recording, in seconds
   * @param {number} [covered] up to where finals cover the recording: words before are shown already
   */
  take(results, offset = 0, covered = 0) {
    const origin = this.#origin + offset;
    const end = origin + results.start + results.duration;
    /** @type {Line[]} */
    const lines = [];
    for (const part of partsOf(results, covered - offset)) {
      const words = part.words.map(({ word, punctuated_word, start, end, confidence = 1 }) => ({
        word: punctuated_word ?? word,
        start: toMs(origin + start),
        end: toMs(origin + end),
        confidence,
      }));
      const speaker = part.words[0]?.speaker;
      const start = words[0]?.start ?? origin + results.start;
      /** @type {Line} */
      const line = { text: part.text, start, end: words.at(-1)?.end ?? end, opensTurn: true };
      if (speaker !== undefined) line.speaker = speaker;
      if (words.length > 0) line.words = words;
      if (lines.length === 0) line.opensTurn = this.#opensTurn(line);
      lines.push(line);
      if (results.is_final) this.#keep(line);
    }
    if (results.is_final) {
      this.seconds = Math.max(this.seconds, end);
      this.#sentenceEnded ||= Boolean(results.speech_final);
    }
    return lines;
  }

  /**
   * Keeps a mark where audio was lost, in a turn of its own; returns its line.
   * @param {number} from seconds from the recording's start
   * @param {number} lost seconds
   */
  takeGap(from, lost) {
    const start = this.#origin + from;
    const text = t("lost", { seconds: Math.round(lost) });
    /** @type {Line} */
    const line = { text, start, end: start + lost, opensTurn: true, lost };
    this.#keep(line);
    return line;
  }

  /** Puts the user's words in place of a line's; their times are not known. @param {number} index @param {string} text */
  correct(index, text) {
    const line = /** @type {Line} */ (this.lines[index]);
    if (text !== line.text) delete line.words;
    line.text = text;
    return line;
  }

  /** @param {Line} line */
  #opensTurn({ start, speaker }) {
    const last = this.lines.at(-1);
    if (!last || last.lost || last.speaker !== speaker) return true;
    return this.#sentenceEnded && (start - last.end >= TURN_GAP_S || this.#turnChars >= TURN_CHARS);
  }

  /** @param {Line} line */
  #keep(line) {
    this.lines.push(line);
    this.#turnChars = (line.opensTurn ? 0 : this.#turnChars) + line.text.length;
    this.seconds = Math.max(this.seconds, line.end);
    this.#sentenceEnded = false;
  }
}

/** @param {Line[]} lines @returns {Turn[]} */
export function turnsOf(lines) {
  /** @type {Turn[]} */
  const turns = [];
  for (const { text, start, speaker, lost, opensTurn } of lines) {
    if (!text) continue;
    const turn = turns.at(-1);
    if (!turn || opensTurn || turn.speaker !== speaker || turn.lost) turns.push({ text, start, speaker, lost });
    else turn.text += ` ${text}`;
  }
  return turns;
}

/**
 * The words that no final held before, cut where the speaker changes.
 * @param {Results} results @param {number} covered seconds from the start of the connection's audio
 */
function partsOf(results, covered) {
  const { transcript: text, words = [] } = results.channel.alternatives[0] ?? { transcript: "" };
  if (words.length === 0) return !text || results.start + results.duration <= covered ? [] : [{ text, words }];
  const fresh = words.filter((word) => (word.start + word.end) / 2 >= covered);
  /** @type {{ text: string, words: ResultWord[] }[]} */
  const parts = [];
  for (const word of fresh) {
    const written = word.punctuated_word ?? word.word;
    const part = parts.at(-1);
    if (!part || part.words[0]?.speaker !== word.speaker) parts.push({ text: written, words: [word] });
    else {
      part.text += ` ${written}`;
      part.words.push(word);
    }
  }
  if (parts[0] && parts.length === 1 && fresh.length === words.length && text) parts[0].text = text;
  return parts;
}

/** @param {number} seconds */
function toMs(seconds) {
  return Math.round(seconds * 1000) / 1000;
}
