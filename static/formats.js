// @ts-check
/** A transcript as a file: text, Markdown, SubRip, WebVTT, JSON in the shape of Deepgram's `utterances`. Pure. */

import { cuesOf } from "./captions.js";
import { clock } from "./texts.js";
import { turnsOf } from "./transcript.js";

/** @typedef {import("./transcript.js").Line} Line */
/** @typedef {{ title: string, created: Date, lines: Line[], nameOf: (speaker?: number) => string }} Source */

/** @type {Record<string, { label: string, type: string, write: (source: Source) => string }>} */
export const FORMATS = {
  txt: { label: "Text", type: "text/plain", write: timedText },
  md: { label: "Markdown", type: "text/markdown", write: markdown },
  srt: { label: "SubRip", type: "application/x-subrip", write: srt },
  vtt: { label: "WebVTT", type: "text/vtt", write: vtt },
  json: { label: "JSON", type: "application/json", write: json },
};

/** A line for each turn, as it is copied. @param {Pick<Source, "lines" | "nameOf">} source */
export function plainText({ lines, nameOf }) {
  return turnsOf(lines)
    .map(({ speaker, text }) => said(nameOf(speaker), text))
    .join("\n");
}

/** @param {Source} source */
function timedText({ lines, nameOf }) {
  return turnsOf(lines)
    .map(({ start, speaker, text }) => `[${clock(start)}] ${said(nameOf(speaker), text)}\n`)
    .join("\n");
}

/** @param {Source} source */
function markdown({ title, created, lines, nameOf }) {
  const turns = turnsOf(lines).map(({ start, speaker, text }) => {
    const name = nameOf(speaker);
    return `**${name ? `${marked(name)} ` : ""}${clock(start)}** ${marked(text)}\n`;
  });
  return [`# ${marked(title)}\n`, `${created.toISOString().slice(0, 10)}\n`, ...turns].join("\n");
}

/** @param {Source} source */
function srt({ lines, nameOf }) {
  return cuesOf(lines, nameOf)
    .map(({ start, end, rows }, index) => {
      const text = rows.join("\n").replaceAll("-->", "→");
      return `${index + 1}\n${stamp(start, ",")} --> ${stamp(end, ",")}\n${text}\n`;
    })
    .join("\n");
}

/** @param {Source} source */
function vtt({ lines, nameOf }) {
  const cues = cuesOf(lines).map(({ start, end, rows, speaker }) => {
    const name = nameOf(speaker);
    const voice = name ? `<v ${escaped(name)}>` : "";
    return `${stamp(start, ".")} --> ${stamp(end, ".")}\n${voice}${escaped(rows.join("\n"))}\n`;
  });
  return ["WEBVTT\n", ...cues].join("\n");
}

/** @param {Source} source */
function json({ title, created, lines, nameOf }) {
  const utterances = lines
    .filter(({ text }) => text)
    .map(({ start, end, text, speaker, words = [], lost }) => ({
      start,
      end,
      transcript: lost ? "" : text,
      ...(lost && { lost }),
      ...(speaker !== undefined && { speaker, name: nameOf(speaker) }),
      words,
    }));
  const duration = lines.at(-1)?.end ?? 0;
  return `${JSON.stringify({ metadata: { title, created, duration }, results: { utterances } }, null, 2)}\n`;
}

/** @param {string} name @param {string} text */
function said(name, text) {
  return name ? `${name}: ${text}` : text;
}

/** @param {string} text of which nothing is markup */
function marked(text) {
  return text.replace(/[\\`*_[\]<>#|~]/g, "\\$&");
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** @param {number} seconds @param {string} point what stands before the milliseconds */
function stamp(seconds, point) {
  return new Date(Math.round(seconds * 1000)).toISOString().slice(11, 23).replace(".", point);
}
