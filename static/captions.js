// @ts-check
/** Lines cut into captions: which words stand together, on which rows and how long. Pure. */

/** @typedef {import("./transcript.js").Line} Line */
/** @typedef {{ text: string, start: number, end: number }} Timed */
/** @typedef {{ start: number, end: number, rows: string[], speaker?: number }} Cue */

/** What viewers can read at a glance: the usual rule for subtitles. */
const COLUMNS = 37;
const ROWS = 2;
/** Silence this long ends a caption, and none stands longer or shorter than this where there is room, in seconds. */
const GAP_S = 1;
const LONGEST_S = 7;
const SHORTEST_S = 1;
const SENTENCE_END = /[.!?…。？！]["'”’»)\]]*$/;

/**
 * @param {Line[]} lines
 * @param {(speaker?: number) => string} [labelOf] written before the words where the speaker changes; empty for none
 * @returns {Cue[]}
 */
export function cuesOf(lines, labelOf = () => "") {
  /** @type {{ words: Timed[], speaker?: number }[]} */
  const groups = [];
  /** @type {Line | null} */
  let before = null;
  for (const line of lines) {
    if (!line.text) continue;
    const words = timedWords(line);
    const label = line.speaker === before?.speaker ? "" : labelOf(line.speaker);
    const [first] = words;
    if (label && first) words.unshift({ text: `${label}:`, start: first.start, end: first.start });
    const apart = !before || before.speaker !== line.speaker || before.lost || line.lost;
    for (const [index, sentence] of sentencesOf(words).entries()) {
      const group = groups.at(-1);
      if (group && (index || !apart) && fits([...group.words, ...sentence])) {
        group.words.push(...sentence);
        continue;
      }
      groups.push({ words: [], speaker: line.speaker });
      for (const word of sentence) {
        const { words } = /** @type {typeof groups[0]} */ (groups.at(-1));
        if (words.length === 0 || fits([...words, word])) words.push(word);
        else groups.push({ words: [word], speaker: line.speaker });
      }
    }
    before = line;
  }
  return groups.map(({ words, speaker }, index) => {
    const start = startOf(words);
    const next = groups[index + 1];
    const until = next ? Math.max(startOf(next.words), start) : Number.POSITIVE_INFINITY;
    const end = Math.max(/** @type {Timed} */ (words.at(-1)).end, start + SHORTEST_S);
    return { start, end: Math.min(end, until), rows: rowsOf(words), speaker };
  });
}

/**
 * The last rows of running text, cut so that rows that are full do not change.
 * @param {string[]} turns @param {number} columns @param {number} rows
 */
export function lastRows(turns, columns, rows) {
  return turns.flatMap((turn) => wrapped(piecesOf(turn.split(/\s+/), columns), columns)).slice(-rows);
}

/** @param {Timed[]} words */
function startOf(words) {
  return /** @type {Timed} */ (words[0]).start;
}

/** Words with their times, or with a share of the line's where they are not known. @param {Line} line @returns {Timed[]} */
function timedWords({ text, start, end, words }) {
  const timed = words?.map(({ word, start, end }) => ({ text: word, start, end }));
  return (timed ?? [{ text, start, end }]).flatMap(({ text, start, end }) => {
    const pieces = piecesOf(text.split(/\s+/), COLUMNS);
    const perCharacter = (end - start) / pieces.join("").length;
    let at = start;
    return pieces.map((piece) => {
      const from = at;
      at += perCharacter * piece.length;
      return { text: piece, start: from, end: at };
    });
  });
}

/** No longer than a row each. @param {string[]} words @param {number} columns */
function piecesOf(words, columns) {
  return words.flatMap((word) => word.match(new RegExp(`.{1,${columns}}`, "gsu")) ?? []);
}

/** @param {Timed[]} words */
function sentencesOf(words) {
  /** @type {Timed[][]} */
  const sentences = [];
  for (const word of words) {
    const sentence = sentences.at(-1);
    const last = sentence?.at(-1);
    if (!sentence || !last || SENTENCE_END.test(last.text) || word.start - last.end >= GAP_S) sentences.push([word]);
    else sentence.push(word);
  }
  return sentences;
}

/** Whether these words make one caption. @param {Timed[]} words */
function fits(words) {
  const last = /** @type {Timed} */ (words.at(-1));
  const apart = words.some(
    (word, index) => index > 0 && word.start - /** @type {Timed} */ (words[index - 1]).end >= GAP_S,
  );
  return !apart && last.end - startOf(words) <= LONGEST_S && wrapped(words.map(({ text }) => text)).length <= ROWS;
}

/** One row, or two of about the same length. @param {Timed[]} words */
function rowsOf(words) {
  const texts = words.map(({ text }) => text);
  const rows = wrapped(texts);
  if (rows.length < ROWS) return rows;
  const cuts = texts.map((_, index) => [texts.slice(0, index).join(" "), texts.slice(index).join(" ")]);
  const fitting = cuts.filter((cut) => cut.every((row) => row && row.length <= COLUMNS));
  const unevenness = (/** @type {string[]} */ cut) => Math.abs(Number(cut[0]?.length) - Number(cut[1]?.length));
  return fitting.sort((a, b) => unevenness(a) - unevenness(b))[0] ?? rows;
}

/** @param {string[]} words @param {number} [columns] */
function wrapped(words, columns = COLUMNS) {
  /** @type {string[]} */
  const rows = [];
  for (const word of words) {
    const row = rows.at(-1);
    if (row !== undefined && row.length + 1 + word.length <= columns) rows[rows.length - 1] = `${row} ${word}`;
    else rows.push(word);
  }
  return rows;
}
