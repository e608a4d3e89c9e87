// @ts-check
/**
 * What MediaRecorder writes, in pieces that can be sent again: a recording resumed in the middle is its header and the
 * units from there on, with times that start at 0. WebM (Matroska, RFC 9559) and fragmented MP4 (ISO 14496-12).
 *
 * @typedef {{ time: number, data: Uint8Array, timeAt: number }} Unit the smallest piece that decodes by itself: its time
 *   in seconds from the start of the recording, its bytes, and where in them its time stands
 * @typedef {{ header: Uint8Array<ArrayBuffer>, push: (bytes: Uint8Array) => Unit[] }} Container takes the recorder's bytes, cut
 *   anywhere, and returns the units that are now complete; `header` is what stands before the first
 * @typedef {{ write: (unit: Unit) => Uint8Array[] }} Writer makes one stream of units, which may begin with any
 */

/** @param {Uint8Array} head the first bytes of the recording, 8 at least @returns {Container} */
export function containerOf(head) {
  return isWebm(head) ? new Webm() : new Mp4();
}

/** @param {Uint8Array} header of the recording that the units are from @returns {Writer} */
export function writerOf(header) {
  return isWebm(header) ? new WebmWriter(header) : new Mp4Writer(header);
}

/** @param {Uint8Array} head */
function isWebm(head) {
  return new DataView(head.buffer, head.byteOffset).getUint32(0) === EBML;
}

const EBML = 0x1a45dfa3;
const SEGMENT = 0x18538067;
const CLUSTER = 0x1f43b675;
const TIMESTAMP = 0xe7;
const BLOCK_GROUP = 0xa0;
const BLOCK = 0xa1;
const SIMPLE_BLOCK = 0xa3;
/** Milliseconds of a Cluster that the writer makes; a block's time in it has 16 bits. */
const CLUSTER_MS = 1000;

/** WebM as browsers record it: one audio track, times in milliseconds. A unit is a block, 20 to 60 ms. */
class Webm {
  header = new Uint8Array(0);
  #bytes = new Uint8Array(0);
  #clusterMs = 0;

  /** @param {Uint8Array} bytes @returns {Unit[]} */
  push(bytes) {
    this.#bytes = joined(this.#bytes, bytes);
    /** @type {Unit[]} */
    const units = [];
    let at = 0;
    let headerEnd = 0;
    for (;;) {
      const element = ebmlElement(this.#bytes, at);
      if (!element) break;
      const { id, body, size } = element;
      if (id === SEGMENT || id === CLUSTER) {
        if (id === CLUSTER && !this.header.length) this.header = this.#bytes.slice(0, at);
        at = body;
      } else {
        if (body + size > this.#bytes.length) break;
        if (id === TIMESTAMP) this.#clusterMs = unsigned(this.#bytes.subarray(body, body + size));
        else if (id === SIMPLE_BLOCK || id === BLOCK_GROUP) units.push(this.#unit(at, element));
        at = body + size;
      }
      headerEnd = this.header.length ? at : 0;
    }
    this.#bytes = this.#bytes.slice(headerEnd);
    return units;
  }

  /** @param {number} at @param {EbmlElement} element @returns {Unit} */
  #unit(at, { id, body, size }) {
    const data = this.#bytes.slice(at, body + size);
    let block = body - at;
    if (id === BLOCK_GROUP) block = /** @type {EbmlElement} */ (ebmlChild(data, block, BLOCK)).body;
    const timeAt = block + vintLength(data[block]);
    const ms = this.#clusterMs + new DataView(data.buffer).getInt16(timeAt);
    return { time: ms / 1000, data, timeAt };
  }
}

class WebmWriter {
  #header;
  /** @type {number | null} */
  #baseMs = null;
  #clusterMs = Number.NEGATIVE_INFINITY;

  /** @param {Uint8Array} header */
  constructor(header) {
    this.#header = header;
  }

  /** @param {Unit} unit @returns {Uint8Array[]} */
  write({ time, data, timeAt }) {
    const pieces = [];
    if (this.#baseMs === null) {
      this.#baseMs = Math.round(time * 1000);
      pieces.push(this.#header);
    }
    const ms = Math.max(0, Math.round(time * 1000) - this.#baseMs);
    if (ms - this.#clusterMs >= CLUSTER_MS) {
      this.#clusterMs = ms;
      pieces.push(clusterHeader(ms));
    }
    const block = data.slice();
    new DataView(block.buffer).setInt16(timeAt, ms - this.#clusterMs);
    pieces.push(block);
    return pieces;
  }
}

/** A Cluster of unknown size and its Timestamp. @param {number} ms */
function clusterHeader(ms) {
  const header = new Uint8Array(4 + 8 + 2 + 8);
  const view = new DataView(header.buffer);
  view.setUint32(0, CLUSTER);
  view.setBigUint64(4, 0x01ffffffffffffffn);
  view.setUint16(12, (TIMESTAMP << 8) | 0x88);
  view.setBigUint64(14, BigInt(ms));
  return header;
}

/** @typedef {{ id: number, body: number, size: number }} EbmlElement `body`: where its content begins */

/** @param {Uint8Array} bytes @param {number} at @returns {EbmlElement | null} null while its head is not complete */
function ebmlElement(bytes, at) {
  const idLength = vintLength(bytes[at]);
  const sizeLength = vintLength(bytes[at + idLength]);
  const body = at + idLength + sizeLength;
  if (body > bytes.length || !idLength || !sizeLength) return null;
  const marker = 2 ** (8 - sizeLength);
  const size = unsigned(bytes.subarray(at + idLength + 1, body), Number(bytes[at + idLength]) % marker);
  return { id: unsigned(bytes.subarray(at, at + idLength)), body, size };
}

/** @param {Uint8Array} bytes @param {number} at @param {number} wanted */
function ebmlChild(bytes, at, wanted) {
  let element = ebmlElement(bytes, at);
  while (element && element.id !== wanted) element = ebmlElement(bytes, element.body + element.size);
  return element;
}

/** How many bytes a variable-size integer takes, by its first; 0 for none. @param {number | undefined} first */
function vintLength(first) {
  return first ? Math.clz32(first) - 23 : 0;
}

/** ISO boxes: a unit is a fragment, `moof` and `mdat`; the header is what stands before the first. */
class Mp4 {
  header = new Uint8Array(0);
  #bytes = new Uint8Array(0);
  #timescale = 1;

  /** @param {Uint8Array} bytes @returns {Unit[]} */
  push(bytes) {
    this.#bytes = joined(this.#bytes, bytes);
    /** @type {Unit[]} */
    const units = [];
    let start = 0;
    let at = 0;
    for (let box = mp4Box(this.#bytes, at); box && at + box.size <= this.#bytes.length; box = mp4Box(this.#bytes, at)) {
      if (box.type === "moof" && !this.header.length) {
        this.header = this.#bytes.slice(0, at);
        this.#timescale = mp4Timescale(this.header);
        start = at;
      }
      at += box.size;
      if (box.type === "mdat" && this.header.length) {
        units.push(this.#unit(this.#bytes.slice(start, at)));
        start = at;
      }
    }
    this.#bytes = this.#bytes.slice(start);
    return units;
  }

  /** @param {Uint8Array} data @returns {Unit} */
  #unit(data) {
    const at = mp4Find(data, ["moof", "traf", "tfdt"]);
    return { time: Number(mp4Time(data, at)) / this.#timescale, data, timeAt: at };
  }
}

class Mp4Writer {
  #header;
  #timescale;
  /** @type {number | null} */
  #base = null;

  /** @param {Uint8Array} header */
  constructor(header) {
    this.#header = header;
    this.#timescale = mp4Timescale(header);
  }

  /** @param {Unit} unit @returns {Uint8Array[]} */
  write({ time, data, timeAt }) {
    const first = this.#base === null;
    this.#base ??= time;
    const fragment = data.slice();
    const view = new DataView(fragment.buffer);
    const ticks = Math.max(0, Math.round((time - this.#base) * this.#timescale));
    if (fragment[timeAt]) view.setBigUint64(timeAt + 4, BigInt(ticks));
    else view.setUint32(timeAt + 4, ticks);
    return first ? [this.#header, fragment] : [fragment];
  }
}

/** @param {Uint8Array} bytes @param {number} at @returns {{ type: string, size: number } | null} */
function mp4Box(bytes, at) {
  if (at + 8 > bytes.length) return null;
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(at);
  return { type: String.fromCharCode(...bytes.subarray(at + 4, at + 8)), size: Math.max(size, 8) };
}

/** Where the content of a nested box begins. @param {Uint8Array} bytes @param {string[]} path */
function mp4Find(bytes, path) {
  let at = 0;
  for (const wanted of path) {
    let box = mp4Box(bytes, at);
    while (box && box.type !== wanted) {
      at += box.size;
      box = mp4Box(bytes, at);
    }
    if (!box) throw new Error(`the recording has no ${path.join("/")}`);
    at += 8;
  }
  return at;
}

/** @param {Uint8Array} header */
function mp4Timescale(header) {
  const at = mp4Find(header, ["moov", "trak", "mdia", "mdhd"]);
  return new DataView(header.buffer).getUint32(at + (header[at] ? 20 : 12));
}

/** The time of a `tfdt` box, of version 0 or 1. @param {Uint8Array} data @param {number} at */
function mp4Time(data, at) {
  const view = new DataView(data.buffer);
  return data[at] ? view.getBigUint64(at + 4) : view.getUint32(at + 4);
}

/** @param {Uint8Array[]} pieces */
export function joined(...pieces) {
  const whole = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** @param {Uint8Array} bytes big-endian @param {number} [high] what stands above them */
function unsigned(bytes, high = 0) {
  return bytes.reduce((value, byte) => value * 256 + byte, high);
}
