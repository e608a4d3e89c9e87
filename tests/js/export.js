// @ts-check
/** Reads lines from standard input as JSON, writes them in the format in argv. */

import { readFileSync } from "node:fs";
import { FORMATS } from "../../static/formats.js";
import { Transcript } from "../../static/transcript.js";

const { lines, speakers } = JSON.parse(readFileSync(0, "utf8"));
const transcript = new Transcript();
transcript.restore(lines, speakers);
const created = new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
const nameOf = transcript.nameOf.bind(transcript);
process.stdout.write(FORMATS[String(process.argv[2])]?.write({ title: "A *talk*", created, lines, nameOf }) ?? "");
