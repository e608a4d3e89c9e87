// @ts-check
/**
 * From Deepgram's `Results` to what the page shows. Owns times and turns; touches no DOM.
 *
 * @typedef {{ word: string, punctuated_word?: string, start: number, end: number }} Word
 * @typedef {{ transcript: string, words?: Word[] }} Alternative
 * @typedef {{ type: "Results", start: number, duration: number, is_final: boolean, speech_final?: boolean,
 *   from_finalize?: boolean, channel: { alternatives: Alternative[] } }} Results times in seconds from the start of the connection's audio
 * @typedef {{ text: string, start: number, opensTurn: boolean }} Line `start` in seconds from the first recording's start
 */

/** A pause this long between two sentences, in seconds, opens a new turn. */
const TURN_GAP_S = 1.5;
/** A turn this long, in characters, ends with its sentence: long blocks are hard to follow. */
const TURN_CHARS = 280;

export class Transcript {
  /** Where the running recording begins. */
  #origin = 0;
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

  /** A recording begins, or goes on after a reload: its times count from `origin`, which it returns. */
  beginRecording(origin = this.#end) {
    this.#origin = origin;
    this.#sentenceEnded = true;
    return origin;
  }

  /** Takes back a line that was shown before. @param {Line} line */
  restore({ text, start, opensTurn }) {
    this.#end = Math.max(this.#end, start);
    this.#keep(text, opensTurn || this.#turns.length === 0, start);
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
   * @param {number} [offset] where the connection's audio begins in the recording, in seconds
   * @param {number} [covered] up to where finals cover the recording: words before are shown already
   * @returns {Line}
   */
  take(results, offset = 0, covered = 0) {
    const { text, words } = freshWords(results, covered - offset);
    const origin = this.#origin + offset;
    const end = origin + results.start + results.duration;
    const start = origin + (words[0]?.start ?? results.start);
    const opensTurn = this.#opensTurn(start);
    if (results.is_final) {
      this.#end = Math.max(this.#end, end);
      const lastWord = words.at(-1);
      if (text) this.#keep(text, opensTurn, lastWord ? origin + lastWord.end : end);
      this.#sentenceEnded ||= Boolean(results.speech_final);
    }
    return { text, start, opensTurn };
  }

  /**
   * Keeps a mark where audio was lost, in a turn of its own; returns its line.
   * @param {number} start seconds from the recording's start
   * @param {number} seconds
   * @returns {Line}
   */
  takeGap(start, seconds) {
    const text = `[${Math.round(seconds)} s of audio lost]`;
    this.#keep(text, true, this.#origin + start + seconds);
    this.#sentenceEnded = true;
    return { text, start: this.#origin + start, opensTurn: true };
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

/**
 * The words that no final held before.
 * @param {Results} results @param {number} covered seconds from the start of the connection's audio
 */
function freshWords(results, covered) {
  const { transcript: text, words = [] } = results.channel.alternatives[0] ?? { transcript: "" };
  if (words.length === 0) return { text: results.start + results.duration <= covered ? "" : text, words };
  const fresh = words.filter((word) => (word.start + word.end) / 2 >= covered);
  if (fresh.length === words.length) return { text, words };
  return { text: fresh.map((word) => word.punctuated_word ?? word.word).join(" "), words: fresh };
}
