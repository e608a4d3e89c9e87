// @ts-check
/**
 * One recording, over as many connections as it takes. The audio is kept until a final result covers it; whatever fails
 * behind the page, a new connection gets what is not covered, and its times are shifted to the recording's.
 *
 * @typedef {import("./container.js").Container} Container
 * @typedef {import("./container.js").Writer} Writer
 * @typedef {import("./connection.js").End} End
 * @typedef {import("./connection.js").Handlers} ConnectionHandlers
 * @typedef {import("./transcript.js").Results} Results
 * @typedef {{ send: (bytes: Uint8Array<ArrayBuffer>) => void, finalize: () => void, closeStream: () => void,
 *   abandon: () => void }} Link
 * @typedef {{ phase: "connecting" | "live" | "catching up" | "reconnecting" | "finishing", keptS: number, behindS: number,
 *   retryInS: number, recordedS: number }} Progress `keptS`: recorded and not yet covered; `behindS`: recorded and not yet sent
 * @typedef {{
 *   connect: (handlers: ConnectionHandlers) => Link,
 *   reachable: () => Promise<boolean>,
 *   now: () => number,
 *   later: (run: () => void, seconds: number) => () => void,
 *   random: () => number,
 * }} World what it needs of the browser: `now` in seconds, `later` returns its cancel
 * @typedef {{
 *   onProgress: (progress: Progress) => void,
 *   onResults: (results: Results, offset: number, covered: number) => void,
 *   onGap: (start: number, seconds: number) => void,
 *   onLost: (end: End) => void,
 *   onEnd: (end: End | null) => void,
 * }} Handlers `onLost`: a connection broke and another will be tried; `onEnd`: all is transcribed, or why it was given up
 */

import { BROKEN } from "./connection.js";
import { containerOf, joined, writerOf } from "./container.js";
import { Ledger } from "./ledger.js";

/** Without a word from the server for this long while audio is sent, the link is looked at. */
const QUIET_S = 2;
/** A connection that is not open by then is given up, and so are last words that do not come. */
const OPEN_S = 5;
const LAST_WORDS_S = 10;
/** Waits between two tries: the first, the longest after a lost link, the longest when the server asks for patience. */
const FIRST_WAIT_S = 0.25;
const LONGEST_WAIT_S = 1.5;
const LONGEST_BUSY_WAIT_S = 8;
/** After trying in vain for this long the session is given up, until the user says to try again. */
export const GIVE_UP_S = 60;
/** Sent at once, before the replay rate counts. */
const BURST_S = 1;
/** Further behind than this is catching up. */
const BEHIND_S = 2;
const SMALLEST_GAP_S = 0.5;
const TICK_S = 0.1;
/** A message to the server holds no more by much. */
const MESSAGE_BYTES = 32 * 1024;
const HEAD_BYTES = 8;
const DONE = 1000;
const POLICY = 1008;
const TRY_LATER = 1013;
/** What another try would not mend. */
const PERMANENT = ["INVALID_AUTH", "ASR_PAYMENT_REQUIRED", "INSUFFICIENT_PERMISSIONS"];
const BUSY = ["UPSTREAM_ERROR", "TOO_MANY_REQUESTS"];

export class Session {
  #world;
  #handlers;
  #replayRate;
  #ledger;
  /** @type {Container | null} */ #container = null;
  #head = new Uint8Array(0);
  /** @type {Link | null} */ #link = null;
  /** @type {Writer | null} */ #writer = null;
  #open = false;
  /** The server stops, and has asked for what was said so far. */
  #flushed = false;
  #finishing = false;
  #closeSent = false;
  #paused = false;
  #finalizeSent = false;
  /** It was this page that asked for the next finalized result. */ #asked = false;
  /** Paused without a connection: all is transcribed, and the next is opened when it goes on. */ #held = false;
  /** The number of the next unit to send, and the time of the first that this connection was sent. */
  #next = 0;
  #base = 0;
  #openedAt = 0;
  #heardAt = 0;
  #lostAt = 0;
  #probing = false;
  #tries = 0;
  #retryAt = 0;
  #cancelTimer = () => {};

  /**
   * @param {World} world
   * @param {Handlers} handlers
   * @param {{ replayRate: number, ledger?: Ledger }} options `replayRate`: how much faster than real time the
   *   transcriber takes what it missed
   */
  constructor(world, handlers, { replayRate, ledger = new Ledger() }) {
    this.#world = world;
    this.#handlers = handlers;
    this.#replayRate = replayRate;
    this.#ledger = ledger;
    this.#heardAt = world.now();
    this.#connect();
  }

  /** Takes the recorder's next bytes. @param {Uint8Array} bytes */
  add(bytes) {
    if (!this.#container) {
      this.#head = joined(this.#head, bytes);
      if (this.#head.length < HEAD_BYTES) return;
      this.#container = containerOf(this.#head);
      bytes = this.#head;
    }
    const units = this.#container.push(bytes);
    if (!this.#ledger.header.length) this.#ledger.header = this.#container.header;
    for (const unit of units) this.#ledger.add(unit);
    this.#pump();
  }

  /** No audio comes for a while: what was said is finalized, and the connection kept. */
  pause() {
    this.#paused = true;
    this.#finalizeSent = false;
    this.#pump();
    if (this.#open) this.#tick();
  }

  /** It goes on after a pause. */
  resume() {
    this.#paused = false;
    this.#heardAt = this.#world.now();
    if (this.#held) this.retry();
    else this.#report();
  }

  /** The recording is over: sends what is left and waits for the last words. */
  finish() {
    this.#finishing = true;
    if (this.#paused) this.resume();
    this.#pump();
    if (this.#open) this.#tick();
  }

  /** Tries again at once. */
  retry() {
    if (this.#link) return;
    this.#cancelTimer();
    this.#lostAt = this.#world.now();
    this.#connect();
  }

  /** Ends it; what is not covered yet is gone. */
  abandon() {
    this.#cancelTimer();
    this.#link?.abandon();
    this.#link = null;
  }

  #connect() {
    this.#open = this.#closeSent = this.#finalizeSent = this.#asked = this.#held = false;
    this.#flushed = false;
    this.#writer = null;
    this.#cancelTimer = this.#world.later(() => this.#broken(), OPEN_S);
    this.#link = this.#world.connect({
      onOpen: () => this.#opened(),
      onMessage: () => {
        this.#heardAt = this.#world.now();
      },
      onResults: (results) => this.#results(results),
      onEnd: (end) => this.#ended(end),
    });
    this.#report();
  }

  #opened() {
    this.#cancelTimer();
    this.#open = true;
    this.#openedAt = this.#world.now();
    this.#next = this.#ledger.first;
    this.#pump();
    if (this.#finishing || this.#paused) this.#tick();
  }

  /** Sends what may be sent now: everything when live, at the replay rate when behind. */
  #pump() {
    if (this.#open && this.#link) this.#send(this.#link);
    this.#report();
  }

  /** @param {Link} link */
  #send(link) {
    this.#next = Math.max(this.#next, this.#ledger.first);
    const sentS = BURST_S + (this.#world.now() - this.#openedAt) * this.#replayRate;
    /** @type {Uint8Array[]} */
    let pieces = [];
    let bytes = 0;
    for (let unit = this.#ledger.unit(this.#next); unit; unit = this.#ledger.unit(++this.#next)) {
      const writer = this.#writer ?? this.#begin(unit.time);
      if (unit.time - this.#base > sentS) break;
      pieces.push(...writer.write(unit));
      bytes += unit.data.length;
      if (bytes > MESSAGE_BYTES) {
        link.send(joined(...pieces));
        pieces = [];
        bytes = 0;
      }
    }
    if (pieces.length > 0) link.send(joined(...pieces));
    if (this.#paused && !this.#finalizeSent && this.#next >= this.#ledger.end) {
      this.#finalizeSent = this.#asked = true;
      link.finalize();
    }
    if (this.#finishing && !this.#closeSent && this.#next >= this.#ledger.end) {
      this.#closeSent = true;
      this.#heardAt = this.#world.now();
      link.closeStream();
    }
    this.#look();
  }

  /** Begins a connection's stream with the unit of this time. @param {number} time */
  #begin(time) {
    this.#base = time;
    this.#writer = writerOf(this.#ledger.header);
    return this.#writer;
  }

  /** No more chunks come to drive the pump: a timer does. */
  #tick() {
    this.#cancelTimer();
    this.#cancelTimer = this.#world.later(() => {
      this.#pump();
      if (this.#open && !(this.#paused && this.#finalizeSent)) this.#tick();
    }, TICK_S);
  }

  /** Looks at a link that is quiet: the server answers elsewhere, or the link is given up. */
  async #look() {
    const quietS = this.#world.now() - this.#heardAt;
    if (this.#closeSent && quietS > LAST_WORDS_S) {
      this.#broken();
      return;
    }
    if (this.#probing || quietS < QUIET_S || this.#world.now() - this.#openedAt < QUIET_S) return;
    this.#probing = true;
    const link = this.#link;
    const reachable = await this.#world.reachable();
    this.#probing = false;
    if (link !== this.#link) return;
    if (!reachable) this.#broken();
    else if (!this.#closeSent) this.#heardAt = this.#world.now();
  }

  /** @param {Results} results */
  #results(results) {
    this.#tries = 0;
    const lostS = this.#base - this.#ledger.covered;
    if (lostS >= SMALLEST_GAP_S) {
      this.#handlers.onGap(this.#ledger.covered, lostS);
      this.#ledger.cover(this.#base);
    }
    // What the server asked for may end in mid-word: it is shown, and its audio is sent again.
    if (results.from_finalize) {
      this.#flushed ||= !this.#asked;
      this.#asked = false;
    }
    if (this.#flushed) results = { ...results, is_final: false };
    this.#handlers.onResults(results, this.#base, this.#ledger.covered);
    if (results.is_final) this.#ledger.cover(this.#base + results.start + results.duration);
    this.#report();
  }

  #broken() {
    this.#link?.abandon();
    this.#ended({ code: BROKEN, error: null });
  }

  /** @param {End} end */
  #ended(end) {
    this.#cancelTimer();
    this.#link = null;
    this.#open = false;
    const variant = end.error?.variant ?? "";
    const permanent = PERMANENT.includes(variant) || (end.error !== null && end.code === POLICY);
    const now = this.#world.now();
    if (this.#tries === 0) this.#lostAt = now;
    if (this.#closeSent && end.code === DONE) {
      this.#ledger.clear();
      this.#handlers.onEnd(null);
    } else if (this.#paused && this.#ledger.seconds < SMALLEST_GAP_S) {
      this.#held = true;
      this.#tries = 0;
      this.#report();
    } else if (permanent || now - this.#lostAt > GIVE_UP_S) this.#handlers.onEnd(end);
    else this.#wait(end, end.code === TRY_LATER || BUSY.includes(variant));
  }

  /** @param {End} end @param {boolean} busy the server asks for patience */
  #wait(end, busy) {
    const longest = busy ? LONGEST_BUSY_WAIT_S : LONGEST_WAIT_S;
    const seconds = Math.min(longest, FIRST_WAIT_S * 2 ** this.#tries++) * (0.5 + this.#world.random() / 2);
    this.#retryAt = this.#world.now() + seconds;
    this.#cancelTimer = this.#world.later(() => this.#connect(), seconds);
    this.#handlers.onLost(end);
    this.#report();
  }

  #report() {
    const last = this.#ledger.unit(this.#ledger.end - 1);
    const next = this.#ledger.unit(Math.max(this.#next, this.#ledger.first));
    const behindS = this.#open && last && next ? last.time - next.time : 0;
    this.#handlers.onProgress({
      phase: this.#phase(behindS),
      keptS: this.#ledger.seconds,
      behindS,
      recordedS: last?.time ?? 0,
      retryInS: this.#link ? 0 : Math.max(0, this.#retryAt - this.#world.now()),
    });
  }

  /** @param {number} behindS @returns {Progress["phase"]} */
  #phase(behindS) {
    if (this.#tries > 0) return "reconnecting"; // an open connection proves nothing: its first results do
    if (!this.#open) return this.#held ? "live" : "connecting";
    if (behindS > BEHIND_S) return "catching up";
    return this.#finishing ? "finishing" : "live";
  }
}
