// @ts-check
/** What survives a reload or a crash, in IndexedDB: the transcript's lines and the audio that no final covers yet. */

import { Ledger } from "./ledger.js";

/** @typedef {import("./container.js").Unit} Unit */
/** @typedef {import("./transcript.js").Line} Line */
/** @typedef {{ lines: Line[], origin: number, ledger: Ledger }} Saved `origin`: where the ledger's recording begins */

const NAME = "live-transcription";
const VERSION = 1;
const LINES = "lines";
const UNITS = "units";
const STATE = "state";

export class Store {
  #db;

  /** Opens it for this page; null where the browser keeps nothing or another page has it. @returns {Promise<Store | null>} */
  static async open() {
    if (!navigator.locks || !(await locked())) return null;
    try {
      const opening = indexedDB.open(NAME, VERSION);
      opening.onupgradeneeded = () => {
        opening.result.createObjectStore(LINES, { autoIncrement: true });
        opening.result.createObjectStore(UNITS);
        opening.result.createObjectStore(STATE);
      };
      return new Store(await done(opening));
    } catch {
      return null;
    }
  }

  /** @param {IDBDatabase} db */
  constructor(db) {
    this.#db = db;
  }

  /** @returns {Promise<Saved>} */
  async load() {
    const [lines, numbers, units, header, covered, origin] = await Promise.all([
      done(this.#read(LINES).getAll()),
      done(this.#read(UNITS).getAllKeys()),
      done(this.#read(UNITS).getAll()),
      done(this.#read(STATE).get("header")),
      done(this.#read(STATE).get("covered")),
      done(this.#read(STATE).get("origin")),
    ]);
    const ledger = new StoredLedger(this, Number(numbers[0] ?? 0));
    if (header) ledger.restore(units, header, covered ?? 0);
    return { lines, origin: origin ?? 0, ledger };
  }

  /** @param {Line} line */
  addLine(line) {
    this.#write(LINES, (lines) => lines.add(line));
  }

  /** Begins a recording; what was left of the one before is gone. @param {number} origin seconds */
  beginRecording(origin) {
    this.clearRecording();
    this.setState("origin", origin);
    return new StoredLedger(this);
  }

  /** @param {string} name @param {Uint8Array | number} value */
  setState(name, value) {
    this.#write(STATE, (state) => state.put(value, name));
  }

  /** @param {number} number @param {Unit} unit */
  addUnit(number, unit) {
    this.#write(UNITS, (units) => units.put(unit, number));
  }

  /** @param {number} first the first unit to keep */
  dropUnits(first) {
    this.#write(UNITS, (units) => units.delete(IDBKeyRange.upperBound(first, true)));
  }

  clearLines() {
    this.#write(LINES, (lines) => lines.clear());
  }

  clearRecording() {
    this.#write(UNITS, (units) => units.clear());
    this.#write(STATE, (state) => state.clear());
  }

  /** @param {string} name */
  #read(name) {
    return this.#db.transaction(name).objectStore(name);
  }

  /**
   * Writes and commits at once: left to itself, a write that is still open when the page goes is taken back.
   * @param {string} name @param {(store: IDBObjectStore) => void} change
   */
  #write(name, change) {
    const transaction = this.#db.transaction(name, "readwrite");
    change(transaction.objectStore(name));
    transaction.commit();
  }
}

/** A ledger that is also in the store. */
class StoredLedger extends Ledger {
  #store;

  /** @param {Store} store @param {number} [first] */
  constructor(store, first) {
    super(undefined, first);
    this.#store = store;
  }

  /** @param {Unit[]} units @param {Uint8Array<ArrayBuffer>} header @param {number} covered */
  restore(units, header, covered) {
    this.header = header;
    this.covered = covered;
    for (const unit of units) super.add(unit);
  }

  /** @param {Unit} unit */
  add(unit) {
    if (this.end === 0) this.#store.setState("header", this.header);
    this.#store.addUnit(this.end, unit);
    super.add(unit);
  }

  /** @param {number} until */
  cover(until) {
    super.cover(until);
    this.#store.setState("covered", this.covered);
    this.#store.dropUnits(this.first);
  }

  /** All is transcribed. */
  clear() {
    super.clear();
    this.#store.dropUnits(this.first);
  }
}

/** Whether this page holds the lock that only one page can; it does until it is gone. */
function locked() {
  return new Promise((resolve) => {
    navigator.locks.request(NAME, { ifAvailable: true }, (lock) => {
      resolve(lock !== null);
      return lock && new Promise(() => {});
    });
  });
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
