// @ts-check
/** The recorded audio that no final result covers yet: what a new connection has to be sent again. */

/** @typedef {import("./container.js").Unit} Unit */

/** How much is kept while nothing comes back; at 32 kbit/s this is 2.4 MB. */
const KEEP_S = 600;

export class Ledger {
  /** @type {Unit[]} */
  #units = [];
  #keepS;
  /** How many units went before the first that is kept. */
  #gone;
  /** Up to where finals cover the recording, in seconds. */
  covered = 0;
  /** What stands before the first unit of the recording. */
  header = new Uint8Array(0);

  /** @param {number} [keepS] the bound, in seconds @param {number} [first] the number of the first unit */
  constructor(keepS = KEEP_S, first = 0) {
    this.#keepS = keepS;
    this.#gone = first;
  }

  /** The number of the first unit kept. */
  get first() {
    return this.#gone;
  }

  /** The number that the next unit gets. */
  get end() {
    return this.#gone + this.#units.length;
  }

  /** Seconds kept. */
  get seconds() {
    const first = this.#units[0];
    const last = this.#units.at(-1);
    return first && last ? last.time - first.time : 0;
  }

  /** @param {Unit} unit */
  add(unit) {
    this.#units.push(unit);
    if (this.seconds > this.#keepS) this.#drop(1);
  }

  /** @param {number} number @returns {Unit | undefined} */
  unit(number) {
    return this.#units[number - this.#gone];
  }

  /** Finals cover the recording up to here: the units before are done with. @param {number} until seconds */
  cover(until) {
    this.covered = Math.max(this.covered, until);
    const kept = this.#units.findLastIndex((unit) => unit.time <= this.covered);
    if (kept > 0) this.#drop(kept);
  }

  /** All is transcribed. */
  clear() {
    this.#drop(this.#units.length);
  }

  /** @param {number} count */
  #drop(count) {
    this.#units.splice(0, count);
    this.#gone += count;
  }
}
