// @ts-check
/** The transcript that the page has open: in memory, and in the store as it changes. Touches no DOM. */

import { Transcript } from "./transcript.js";

/** @typedef {import("./ledger.js").Ledger} Ledger */
/** @typedef {import("./store.js").Entry} Entry */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./transcript.js").Line} Line */

const PREVIEW_CHARS = 80;

export class Notebook {
  transcript = new Transcript();
  /** Null until something is recorded, or where nothing can be stored. @type {Entry | null} */ entry = null;
  /** Another page records into it. */ taken = false;
  #store;
  #release = () => {};

  /** @param {Store | null} store */
  constructor(store) {
    this.#store = store;
  }

  /** Opens this transcript, or the last one if it was left open and no page has it. @param {number | null} wanted its id */
  async open(wanted) {
    const entries = (await this.#store?.entries()) ?? [];
    for (const entry of entries.filter(({ id, open }) => (wanted ? id === wanted : open))) {
      const release = await this.#store?.claim(entry.id);
      if (!release && !wanted) continue;
      this.taken = !release;
      this.#release = release ?? (() => {});
      this.entry = entry;
      this.transcript.restore((await this.#store?.lines(entry.id)) ?? [], entry.speakers);
      return;
    }
  }

  /** A recording that was cut off, if audio of it is not transcribed. @returns {Promise<Ledger | null>} */
  async unfinished() {
    if (this.taken || !this.entry?.recording) return null;
    const ledger = (await this.#store?.ledger(this.entry)) ?? null;
    return ledger && ledger.first < ledger.end ? ledger : null;
  }

  /** Goes on with a new transcript; this one stays in the store. */
  close() {
    this.#save({ open: false });
    this.#release();
    this.#release = () => {};
    this.transcript = new Transcript();
    this.entry = null;
    this.taken = false;
  }

  /** Begins a recording; returns the ledger that keeps its audio. @returns {Ledger | undefined} */
  beginRecording() {
    const origin = this.transcript.beginRecording();
    if (!this.#store) return undefined;
    if (!this.entry) {
      const id = Date.now();
      this.entry = { id, title: "", preview: "", seconds: 0, speakers: {}, open: true, recording: null };
      this.#store.claim(id).then((release) => {
        this.#release = release ?? this.#release;
      });
    }
    this.entry.open = true;
    return this.#store.beginRecording(this.entry, origin);
  }

  /** Goes on with the one that was cut off. */
  resumeRecording() {
    this.transcript.beginRecording(this.entry?.recording?.origin);
  }

  /** The recording is dropped. */
  cancelRecording() {
    if (!this.entry) return;
    if (this.transcript.lines.length > 0) this.#store?.endRecording(this.entry);
    else {
      this.#store?.remove(this.entry.id);
      this.entry = null;
      this.#release();
    }
  }

  /** Stores the line that the transcript took last, or this many. @param {Line[]} lines */
  keep(lines) {
    if (!this.entry) return;
    const first = this.transcript.lines.length - lines.length;
    for (const [index, line] of lines.entries()) this.#store?.saveLine(this.entry, first + index, line);
    this.#saveSummary();
  }

  /** @param {number} index @param {string} text */
  correct(index, text) {
    const line = this.transcript.correct(index, text);
    if (this.entry && !this.taken) this.#store?.saveLine(this.entry, index, line);
    this.#saveSummary();
  }

  /** @param {number} speaker @param {string} name */
  rename(speaker, name) {
    this.transcript.speakers[speaker] = name;
    this.#save({ speakers: this.transcript.speakers });
  }

  #saveSummary() {
    const [first] = this.transcript.lines;
    this.#save({ seconds: this.transcript.seconds, preview: first?.text.slice(0, PREVIEW_CHARS) ?? "" });
  }

  /** @param {Partial<Entry>} changes */
  #save(changes) {
    if (this.entry && !this.taken) this.#store?.save(Object.assign(this.entry, changes));
  }
}
