// @ts-check
/** Reads a recording from standard input, writes what a connection is sent that resumes it at the second in argv. */

import { readFileSync } from "node:fs";
import { containerOf, joined, writerOf } from "../../static/container.js";

const CHUNK_BYTES = 1000;

const recording = new Uint8Array(readFileSync(0));
const from = Number(process.argv[2]);
const container = containerOf(recording);
const units = [];
for (let at = 0; at < recording.length; at += CHUNK_BYTES) {
  units.push(...container.push(recording.subarray(at, at + CHUNK_BYTES)));
}
const writer = writerOf(container.header);
process.stdout.write(joined(...units.filter(({ time }) => time >= from).flatMap((unit) => writer.write(unit))));
