// @ts-check
/** The transcript on the page: turns, the running interim, following its end. Final text is written once. */

import { element, make } from "./dom.js";
import { clock, t } from "./texts.js";

/** @typedef {import("./transcript.js").Line} Line */

/** This close to its end, in pixels, the transcript keeps following. */
const FOLLOW_PX = 24;
/** A scroll within this time of a key, a wheel or a finger is the reader's. */
const TOUCH_MS = 1000;
/** So many turns make a block: the last is drawn at once; one before it when it comes into view, and costs little until then. */
const BLOCK = 50;
/** Colours that speakers have in style.css. */
const HUES = 6;
/** Words that the transcriber was less sure of are marked. */
const UNCERTAIN = 0.6;

const root = document.documentElement;
const transcript = element("transcript");
const jump = element("jump");

/** The turns' elements. @type {HTMLElement[]} */
const shown = [];
/** The interim's elements, one for each speaker in it. @type {HTMLElement[]} */
let interims = [];
let editing = false;
let following = true;
let scrolledTo = 0;
/** When the reader last did something that may scroll. */
let touchedAt = Number.NEGATIVE_INFINITY;
/** When the wheel last went up. */
let leftAt = Number.NEGATIVE_INFINITY;
/** @type {(speaker?: number) => string} */
let nameOf = () => "";

/**
 * @param {{ nameOf: (speaker?: number) => string, onCorrect: (index: number, text: string) => void,
 *   onRename: (speaker: number, name: string) => void }} handlers
 */
export function listenToTurns({ nameOf: naming, onCorrect, onRename }) {
  nameOf = naming;
  addEventListener("scroll", () => {
    // Text that grows and shrinks scrolls too: only a reader who moves up leaves the end.
    const byReader = performance.now() - touchedAt < TOUCH_MS;
    const leaving = performance.now() - leftAt < TOUCH_MS;
    if (distance() <= 1) follow(!leaving);
    else if (root.scrollTop < scrolledTo) follow(following && !byReader);
    else if (distance() <= FOLLOW_PX) follow(true);
    scrolledTo = root.scrollTop;
  });
  for (const type of ["wheel", "touchmove", "keydown", "pointerdown"]) {
    const onTouch = () => {
      touchedAt = performance.now();
    };
    addEventListener(type, onTouch, { passive: true });
  }
  // A smooth scroll takes several frames: it is let go before the first of them is scrolled back.
  const onWheel = (/** @type {WheelEvent} */ { deltaY }) => {
    const up = deltaY < 0 && root.scrollTop > 0;
    leftAt = up ? performance.now() : Number.NEGATIVE_INFINITY;
    if (up) follow(false);
  };
  addEventListener("wheel", onWheel, { passive: true });
  // Turns get their true height when they come into view, which may be after their text.
  new ResizeObserver(() => following && jumpToLive()).observe(document.body);
  jump.addEventListener("click", jumpToLive);
  transcript.addEventListener("click", ({ target }) => {
    const button = /** @type {Element} */ (target).closest(".speaker");
    if (button) askName(/** @type {HTMLElement} */ (button), onRename);
  });
  let before = "";
  transcript.addEventListener("focusin", ({ target }) => {
    before = /** @type {HTMLElement} */ (target).textContent ?? "";
  });
  transcript.addEventListener("focusout", ({ target }) => {
    const final = /** @type {HTMLElement} */ (target);
    if (!final.isContentEditable || final.textContent === before) return;
    final.textContent = (final.textContent ?? "").trim();
    onCorrect(Number(final.dataset.line), final.textContent);
  });
  transcript.addEventListener("keydown", (event) => {
    const final = /** @type {HTMLElement} */ (event.target);
    if (!final.isContentEditable || event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") final.textContent = before;
    final.blur();
  });
}

/** @param {Line[]} lines in place of the interim @param {number} first the first one's number, by which a correction names it */
export function addFinals(lines, first) {
  dropInterim();
  for (const [index, line] of lines.entries()) {
    const words = wordsFor(line, shown.length - 1);
    const final = make("span", { className: line.lost ? "gap" : "final" }, ...marked(line));
    final.dataset.line = String(first + index);
    if (editing && !line.lost) makeEditable(final);
    words.append(final, " ");
    element("hint").hidden = true;
  }
}

/** Shows what is still changing: words that stay the same are left alone. @param {Line[]} lines */
export function showInterim(lines) {
  let turn = shown.findLastIndex((each) => each.querySelector(".final, .gap"));
  for (const [index, line] of lines.entries()) {
    const words = wordsFor(line, turn);
    const interim = interims[index] ?? newInterim();
    interims[index] = interim;
    if (interim.parentElement !== words) words.append(interim);
    writeWords(interim, line.text);
    turn = shown.lastIndexOf(/** @type {HTMLElement} */ (words.parentElement));
  }
  dropInterim(lines.length);
}

/** What is still interim goes: its final is here or will not come. @param {number} [from] the first to go */
export function dropInterim(from = 0) {
  for (const interim of interims.splice(from)) {
    const turn = /** @type {HTMLElement} */ (interim.closest(".turn"));
    interim.remove();
    if (!turn.querySelector(".final, .gap, .interim")) dropTurn(turn);
  }
}

export function clearTurns() {
  interims = [];
  shown.length = 0;
  transcript.replaceChildren();
  follow(true);
}

/** @param {boolean} on whether final text can be corrected in place */
export function setEditing(on) {
  editing = on;
  for (const final of transcript.querySelectorAll(".final")) makeEditable(/** @type {HTMLElement} */ (final));
  if (on) /** @type {HTMLElement | null | undefined} */ (shown.at(-1)?.querySelector(".final"))?.focus();
}

/** Writes a speaker's name wherever the speaker stands. @param {number} speaker */
export function showName(speaker) {
  for (const button of transcript.querySelectorAll(`[data-speaker="${speaker}"]`)) button.textContent = nameOf(speaker);
}

export function jumpToLive() {
  leftAt = Number.NEGATIVE_INFINITY;
  follow(true);
  root.scrollTop = root.scrollHeight;
}

/** @param {boolean} on */
function follow(on) {
  following = on;
  jump.hidden = on;
}

function distance() {
  return root.scrollHeight - root.clientHeight - root.scrollTop;
}

/**
 * Where a line's words go: the turn that it follows, the one after, or a new one.
 * @param {Line} line @param {number} before the turn that it follows, -1 for none
 */
function wordsFor(line, before) {
  const opens = before < 0 || line.opensTurn;
  const turn = shown[opens ? before + 1 : before] ?? newTurn();
  if (opens) writeGutter(/** @type {Element} */ (turn.firstElementChild), line);
  return /** @type {Element} */ (turn.lastElementChild);
}

function newTurn() {
  const turn = make("div", { className: "turn" }, make("div", {}), make("p", {}));
  if (shown.length % BLOCK === 0) {
    transcript.lastElementChild?.classList.add("past");
    transcript.append(make("div", {}));
  }
  transcript.lastElementChild?.append(turn);
  shown.push(turn);
  return turn;
}

/** @param {HTMLElement} turn one of the last */
function dropTurn(turn) {
  const block = turn.parentElement;
  shown.splice(shown.lastIndexOf(turn), 1);
  turn.remove();
  if (!block?.hasChildNodes()) block?.remove();
}

/** @param {Element} gutter @param {Line} line */
function writeGutter(gutter, { start, speaker }) {
  const written = `${speaker} ${clock(start)}`;
  if (gutter.getAttribute("data-of") === written) return;
  gutter.setAttribute("data-of", written);
  gutter.replaceChildren(make("time", {}, clock(start)));
  if (speaker === undefined) return;
  transcript.classList.add("speakers");
  const button = make("button", { type: "button", className: "speaker", title: t("rename") }, nameOf(speaker));
  button.dataset.speaker = String(speaker);
  button.dataset.hue = String(speaker % HUES);
  gutter.prepend(button);
}

function newInterim() {
  return make("span", { className: "interim", ariaLive: "off" }); // finals may be announced, not each word
}

/** Changes the words that changed, each a text node. @param {HTMLElement} interim @param {string} text */
function writeWords(interim, text) {
  const words = text.split(/(?<=\s)/);
  for (const [index, word] of words.entries()) {
    const node = /** @type {Text | undefined} */ (interim.childNodes[index]);
    if (!node) interim.append(word);
    else if (node.data !== word) node.data = word;
  }
  while (interim.childNodes.length > words.length) interim.lastChild?.remove();
}

/** The text, with the uncertain words marked. @param {Line} line @returns {(string | Node)[]} */
function marked({ text, words }) {
  if (!words?.some(({ confidence }) => confidence < UNCERTAIN)) return [text];
  if (words.map(({ word }) => word).join(" ") !== text) return [text];
  return words.flatMap(({ word, confidence }, index) => {
    const space = index ? " " : "";
    if (confidence >= UNCERTAIN) return space + word;
    const title = t("uncertain", { percent: Math.round(confidence * 100) });
    return [space, make("span", { className: "uncertain", title }, word)];
  });
}

/** @param {HTMLElement} final */
function makeEditable(final) {
  if (!editing) {
    for (const name of ["contenteditable", "role", "aria-label"]) final.removeAttribute(name);
    return;
  }
  final.contentEditable = "plaintext-only";
  final.role = "textbox";
  final.ariaLabel = t("correctLine");
}

/** Puts a field in place of a speaker's name. @param {HTMLElement} button @param {(speaker: number, name: string) => void} onRename */
function askName(button, onRename) {
  const speaker = Number(button.dataset.speaker);
  let name = button.textContent ?? "";
  const field = make("input", { className: "name", value: name, maxLength: 40, ariaLabel: t("rename") });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
    event.preventDefault();
    if (event.key === "Escape") field.value = name;
    button.dataset.back = ""; // the keyboard's place is the button again
    field.blur();
  });
  field.addEventListener("blur", () => {
    name = field.value.trim();
    field.replaceWith(button);
    if ("back" in button.dataset) button.focus();
    delete button.dataset.back;
    onRename(speaker, name);
  });
  button.replaceWith(field);
  field.select();
}
