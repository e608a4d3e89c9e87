// @ts-check
/** A recorder's WebM, written by hand: header, then Clusters of unknown size with one SimpleBlock each second. */

import { containerOf, joined } from "../../static/container.js";

const HEADER = [
  ...[0x1a, 0x45, 0xdf, 0xa3, 0x84, 1, 2, 3, 4], // EBML
  ...[0x18, 0x53, 0x80, 0x67, 0x01, 255, 255, 255, 255, 255, 255, 255], // Segment, of unknown size
  ...[0x16, 0x54, 0xae, 0x6b, 0x82, 5, 6], // Tracks
];

/** @param {number} blockMs */
export function webm(blockMs) {
  let ms = 0;
  let clusterMs = Number.NEGATIVE_INFINITY;
  return {
    /** The next block's bytes, with what stands before it. */
    block() {
      const bytes = ms === 0 ? [...HEADER] : [];
      if (ms - clusterMs >= 1000) {
        clusterMs = ms;
        bytes.push(0x1f, 0x43, 0xb6, 0x75, 0x01, 255, 255, 255, 255, 255, 255, 255);
        bytes.push(0xe7, 0x83, (ms >> 16) & 255, (ms >> 8) & 255, ms & 255);
      }
      const within = ms - clusterMs;
      bytes.push(0xa3, 0x86, 0x81, within >> 8, within & 255, 0x80, 7, 7);
      ms += blockMs;
      return new Uint8Array(bytes);
    },
  };
}

/** The times of the blocks in a stream, in milliseconds. @param {Uint8Array[]} pieces */
webm.blockTimes = (pieces) => {
  const stream = joined(...pieces);
  return stream.length === 0
    ? []
    : containerOf(stream)
        .push(stream)
        .map(({ time }) => Math.round(time * 1000));
};
