// @ts-check
/** Short ways to find and make elements. */

/** @param {string} id */
export function element(id) {
  return /** @type {HTMLElement} */ (document.getElementById(id));
}

/** @param {string} id */
export function button(id) {
  return /** @type {HTMLButtonElement} */ (document.getElementById(id));
}

/** @param {string} id */
export function dialog(id) {
  return /** @type {HTMLDialogElement} */ (document.getElementById(id));
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag @param {Record<string, unknown>} properties @param {(Node | string)[]} children
 */
export function make(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

/** Writes only what changed: a screen reader says again what is written again. @param {string} id @param {string} text */
export function write(id, text) {
  if (element(id).textContent !== text) element(id).textContent = text;
}
