// @ts-check
/** What survives a reload or a crash, in IndexedDB: transcripts, and the audio of each that no final covers yet. */

import { Ledger } from "./ledger.js";

/** @typedef {import("./container.js").Unit} Unit */
/** @typedef {import("./transcript.js").Line} Line */
/**
 * @typedef {{ id: number, title: string, preview: string, seconds: number, speakers: Record<number, string>,
 *   open: boolean, recording: { origin: number, covered: number, header: Uint8Array<ArrayBuffer> } | null }} Entry
 *   one transcript without its lines; `id`: when it began, in ms; `open`: the page shows it when it is opened again;
 *   `recording`: the one that is not transcribed to its end
 */

const NAME = "live-transcription";
const VERSION = 2;
const ENTRIES = "transcripts";
const LINES = "lines";
const UNITS = "units";
const STORES = [ENTRIES, LINES, UNITS];

export class Store {
  #db;
  #onFailure;
  /** @type {IDBTransaction | null} */ #batch = null;

  /** @param {() => void} onFailure a write did not succeed @returns {Promise<Store | null>} null where the browser keeps nothing */
  static async open(onFailure) {
    try {
      const opening = indexedDB.open(NAME, VERSION);
      opening.onupgradeneeded = () => {
        for (const name of opening.result.objectStoreNames) opening.result.deleteObjectStore(name);
        opening.result.createObjectStore(ENTRIES, { keyPath: "id" });
        opening.result.createObjectStore(LINES);
        opening.result.createObjectStore(UNITS);
      };
      return new Store(await done(opening), onFailure);
    } catch {
      return null;
    }
  }

  /** @param {IDBDatabase} db @param {() => void} onFailure */
  constructor(db, onFailure) {
    this.#db = db;
    this.#onFailure = onFailure;
    db.onabort = onFailure;
  }

  /** All transcripts, the newest first. @returns {Promise<Entry[]>} */
  async entries() {
    return (await done(this.#read(ENTRIES).getAll())).reverse();
  }

  /** @param {number} id @returns {Promise<Line[]>} */
  lines(id) {
    return done(this.#read(LINES).getAll(of(id)));
  }

  /** @param {Entry} entry */
  save(entry) {
    this.#write(ENTRIES, (entries) => entries.put(entry));
  }

  /** @param {Entry} entry @param {number} number @param {Line} line */
  saveLine({ id }, number, line) {
    this.#write(LINES, (lines) => lines.put(line, [id, number]));
  }

  /** @param {number} id */
  remove(id) {
    this.#write(ENTRIES, (entries) => entries.delete(id));
    this.#write(LINES, (lines) => lines.delete(of(id)));
    this.#write(UNITS, (units) => units.delete(of(id)));
  }

  /** The ledger of an entry's recording, with what is kept of it. @param {Entry} entry @returns {Promise<Ledger>} */
  async ledger(entry) {
    const [keys, units] = await Promise.all([
      done(this.#read(UNITS).getAllKeys(of(entry.id))),
      done(this.#read(UNITS).getAll(of(entry.id))),
    ]);
    const ledger = new StoredLedger(this, entry, /** @type {[number, number][]} */ (keys)[0]?.[1]);
    ledger.restore(units);
    return ledger;
  }

  /** Begins a recording; what was left of the one before is gone. @param {Entry} entry @param {number} origin seconds */
  beginRecording(entry, origin) {
    this.dropUnits(entry);
    entry.recording = { origin, covered: 0, header: new Uint8Array(0) };
    this.save(entry);
    return new StoredLedger(this, entry);
  }

  /** Ends it; what is not transcribed of it is gone. @param {Entry} entry */
  endRecording(entry) {
    this.dropUnits(entry);
    entry.recording = null;
    this.save(entry);
  }

  /** @param {Entry} entry @param {number} number @param {Unit} unit */
  saveUnit({ id }, number, unit) {
    this.#write(UNITS, (units) => units.put(unit, [id, number]));
  }

  /** @param {Entry} entry @param {number} [first] the first to keep; none is kept without */
  dropUnits({ id }, first) {
    const range = first === undefined ? of(id) : IDBKeyRange.bound([id], [id, first], false, true);
    this.#write(UNITS, (units) => units.delete(range));
  }

  /**
   * Makes this page the one that records into a transcript, until it is gone or says so.
   * @param {number} id @returns {Promise<(() => void) | null>} gives it back; null if another page has it
   */
  claim(id) {
    if (!navigator.locks) return Promise.resolve(() => {});
    return new Promise((resolve) => {
      navigator.locks.request(lockName(id), { ifAvailable: true }, (lock) => {
        if (lock) return new Promise((release) => resolve(() => release(undefined)));
        resolve(null);
      });
    });
  }

  /** The transcripts that a page has claimed, this one too. @returns {Promise<(id: number) => boolean>} */
  async claims() {
    const { held = [] } = (await navigator.locks?.query()) ?? {};
    return (id) => held.some(({ name }) => name === lockName(id));
  }

  /** @param {string} name */
  #read(name) {
    return this.#db.transaction(name).objectStore(name);
  }

  /**
   * Writes, in one transaction with all that the same task writes: a final's text and the audio that it covers.
   * The transaction is committed with the task: left to itself it would be taken back when the page goes.
   * @param {string} name @param {(store: IDBObjectStore) => void} change
   */
  #write(name, change) {
    try {
      this.#batch ??= this.#begin();
      change(this.#batch.objectStore(name));
    } catch {
      this.#onFailure();
    }
  }

  #begin() {
    const batch = this.#db.transaction(STORES, "readwrite");
    queueMicrotask(() => {
      this.#batch = null;
      batch.commit();
    });
    return batch;
  }
}

/** A ledger that is also in the store. */
class StoredLedger extends Ledger {
  #store;
  #entry;

  /** @param {Store} store @param {Entry} entry @param {number} [first] */
  constructor(store, entry, first) {
    super(undefined, first);
    this.#store = store;
    this.#entry = entry;
  }

  /** @param {Unit[]} units */
  restore(units) {
    if (!this.#entry.recording) return;
    this.header = this.#entry.recording.header;
    this.covered = this.#entry.recording.covered;
    for (const unit of units) super.add(unit);
  }

  /** @param {Unit} unit */
  add(unit) {
    if (this.end === 0 && this.#entry.recording) {
      this.#entry.recording.header = this.header;
      this.#store.save(this.#entry);
    }
    this.#store.saveUnit(this.#entry, this.end, unit);
    super.add(unit);
  }

  /** @param {number} until */
  cover(until) {
    super.cover(until);
    if (this.#entry.recording) this.#entry.recording.covered = this.covered;
    this.#store.save(this.#entry);
    this.#store.dropUnits(this.#entry, this.first);
  }

  /** All is transcribed. */
  clear() {
    super.clear();
    this.#store.endRecording(this.#entry);
  }
}

/** The keys of a transcript's lines or units. @param {number} id */
function of(id) {
  return IDBKeyRange.bound([id], [id, []]);
}

/** @param {number} id */
function lockName(id) {
  return `${NAME} ${id}`;
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
