// @ts-check
/**
 * From Deepgram's `Results` to what the page shows. Owns times and turns; touches no DOM.
 *
 * @typedef {{ word: string, start: number, end: number }} Word
 * @typedef {{ transcript: string, words?: Word[] }} Alternative
 * @typedef {{ type: "Results", start: number, duration: number, is_final: boolean, speech_final?: boolean,
 *   channel: { alternatives: Alternative[] } }} Results times in seconds from the start of the session's audio
 * @typedef {{ text: string, start: number, opensTurn: boolean }} Line `start` in seconds from the first session's start
 */

/** A pause this long between two sentences, in seconds, opens a new turn. */
const TURN_GAP_S = 1.5;
/** A turn this long, in characters, ends with its sentence: long blocks are hard to follow. */
const TURN_CHARS = 280;

export class Transcript {
  /** Where the running session's audio begins. */
  #offset = 0;
  /** The end of all results so far. */
  #end = 0;
  /** The end of the last text. */
  #textEnd = Number.NEGATIVE_INFINITY;
  #turnChars = 0;
  #sentenceEnded = true;
  /** @type {string[]} */
  #turns = [];

  /** The final text, a line for each turn. */
  get text() {
    return this.#turns.join("\n");
  }

  /** A new session begins: its times count from 0 again. */
  beginSession() {
    this.#offset = this.#end;
    this.#sentenceEnded = true;
  }

  clear() {
    this.#turns = [];
    this.#turnChars = 0;
    this.#sentenceEnded = true;
    this.#textEnd = Number.NEGATIVE_INFINITY;
  }

  /**
   * Takes one message; returns the line that it shows, whose text may be empty.
   * @param {Results} results
   * @returns {Line}
   */
  take(results) {
    const { transcript: text, words = [] } = results.channel.alternatives[0] ?? { transcript: "" };
    const start = this.#offset + (words[0]?.start ?? results.start);
    const opensTurn = this.#opensTurn(start);
    if (results.is_final) {
      this.#end = Math.max(this.#end, this.#offset + results.start + results.duration);
      if (text) this.#keep(text, opensTurn, this.#offset + (words.at(-1)?.end ?? results.start + results.duration));
      this.#sentenceEnded ||= Boolean(results.speech_final);
    }
    return { text, start, opensTurn };
  }

  /** @param {number} start */
  #opensTurn(start) {
    if (this.#turns.length === 0) return true;
    return this.#sentenceEnded && (start - this.#textEnd >= TURN_GAP_S || this.#turnChars >= TURN_CHARS);
  }

  /** @param {string} text @param {boolean} opensTurn @param {number} end */
  #keep(text, opensTurn, end) {
    if (opensTurn) this.#turns.push(text);
    else this.#turns[this.#turns.length - 1] += ` ${text}`;
    this.#turnChars = /** @type {string} */ (this.#turns.at(-1)).length;
    this.#textEnd = end;
    this.#sentenceEnded = false;
  }
}
