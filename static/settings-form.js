// @ts-check
/** The settings' dialog, made from the table of options. */

import { dialog, element, make } from "./dom.js";
import { honoured, INITIAL, OPTIONS, sharedQuery } from "./options.js";
import { set, settings } from "./settings.js";
import { LANGUAGES, language, t } from "./texts.js";

/** @typedef {import("./options.js").Option} Option */
/** @typedef {import("./texts.js").TextKey} TextKey */

/** Opens the dialog. @param {boolean} embedded @param {(name: string) => void} onChange */
export function showSettings(embedded, onChange) {
  const form = element("options");
  form.replaceChildren();
  for (const group of /** @type {const} */ (["speech", "text", "privacy", "timing", "sound", "page"])) {
    const options = OPTIONS.filter((option) => option.group === group);
    const legend = make("legend", {}, t(`group.${group}`));
    form.append(make("fieldset", {}, legend, ...options.map((option) => row(option, honoured(option, embedded)))));
  }
  form.onchange = ({ target }) => {
    const field = /** @type {HTMLInputElement} */ (target);
    if (!field.reportValidity()) return;
    set(field.name, field.type === "checkbox" ? String(field.checked) : field.value);
    onChange(field.name);
  };
  element("share").onclick = async () => {
    const url = new URL(location.pathname, location.href);
    url.search = sharedQuery(settings).toString();
    await navigator.clipboard.writeText(url.href);
    element("shared").textContent = t("shared");
  };
  element("reset").onclick = () => {
    for (const { name } of OPTIONS) set(name, /** @type {string} */ (INITIAL[name]));
    showSettings(embedded, onChange);
    onChange("");
  };
  element("shared").textContent = "";
  if (!dialog("settings").open) dialog("settings").showModal();
}

/** @param {Option} option @param {boolean} works whether the engine honours it */
function row(option, works) {
  const { name } = option;
  const id = `option-${name}`;
  const label = make("label", { htmlFor: id }, t(/** @type {TextKey} */ (`option.${name}`)));
  const hint = make("small", { id: `${id}-hint` }, t(/** @type {TextKey} */ (`option.${name}.hint`)));
  if (!works) hint.append(" ", make("b", {}, t("notHonoured")));
  const field = fieldFor(option, id);
  field.setAttribute("aria-describedby", hint.id);
  field.disabled = !works;
  return make("div", { className: `option ${option.kind}` }, label, field, hint);
}

/** @param {Option} option @param {string} id */
function fieldFor({ name, kind, suggest = [] }, id) {
  const value = settings[name];
  if (kind === "switch") return make("input", { id, name, type: "checkbox", checked: value === "true" });
  if (kind === "list") return make("textarea", { id, name, value, rows: 2, placeholder: suggest.join("\n") });
  if (kind === "number")
    return make("input", { id, name, type: "number", value, min: "10", max: "10000", required: true });
  if (kind === "choice") {
    const choices = suggest.map((each) => make("option", { value: each }, choiceName(each)));
    const select = make("select", { id, name }, ...choices);
    select.value = value ?? "";
    return select;
  }
  const list = make(
    "datalist",
    { id: `${id}-list` },
    ...suggest.map((each) => make("option", { value: each, label: spokenName(each) })),
  );
  const field = make("input", { id, name, value });
  field.setAttribute("list", list.id);
  element("options").append(list);
  return field;
}

/** @param {string} value of a choice */
function choiceName(value) {
  if (!value) return t("automatic");
  return value in LANGUAGES
    ? LANGUAGES[/** @type {keyof typeof LANGUAGES} */ (value)]
    : t(/** @type {TextKey} */ (value));
}

/** A language's name in the user's; other values have none. @param {string} tag */
function spokenName(tag) {
  if (tag === "multi") return t("multilingual");
  return /^[a-z]{2}(-|$)/.test(tag) ? new Intl.DisplayNames(language, { type: "language" }).of(tag) : "";
}
