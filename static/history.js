// @ts-check
/** The dialog of stored transcripts: open, rename, delete. */

import { button, dialog, element, make } from "./dom.js";
import { clock, language, t } from "./texts.js";

/** @typedef {import("./notebook.js").Notebook} Notebook */
/** @typedef {import("./store.js").Entry} Entry */
/** @typedef {import("./store.js").Store} Store */

/** @param {Store} store @param {Notebook} notebook @param {{ recording: () => boolean, onGone: () => void }} handlers `onGone`: the open one was deleted */
export async function showHistory(store, notebook, { recording, onGone }) {
  const entries = await store.entries();
  const claimed = await store.claims();
  /** @param {Entry} entry */
  const open = (entry) => entry.id === notebook.entry?.id;
  /** @param {Entry} entry */
  const elsewhere = (entry) => (open(entry) ? notebook.taken : claimed(entry.id));
  /** @param {Entry} entry */
  const busy = (entry) => elsewhere(entry) || (open(entry) && recording());
  /** @param {Entry[]} gone */
  const remove = (gone) => {
    for (const entry of gone) {
      store.remove(entry.id);
      if (!open(entry)) continue;
      notebook.entry = null;
      onGone();
    }
    showHistory(store, notebook, { recording, onGone });
  };
  element("entries").replaceChildren(
    ...entries.map((entry) => {
      const title = make("input", { value: entry.title, placeholder: titleOf(entry), maxLength: 100 });
      title.ariaLabel = t("history.rename", { title: titleOf(entry) });
      title.disabled = elsewhere(entry);
      title.onchange = () => {
        const its = open(entry) && notebook.entry ? notebook.entry : entry;
        its.title = title.value.trim();
        store.save(its);
      };
      const link = make("a", { href: `?transcript=${entry.id}` }, t("history.open"));
      link.ariaLabel = t("history.openThis", { title: titleOf(entry) });
      if (recording()) link.target = "_blank"; // the recording goes on here
      if (open(entry)) link.ariaCurrent = "true";
      const bin = make("button", { type: "button", disabled: busy(entry) }, t("history.delete"));
      bin.ariaLabel = t("history.deleteThis", { title: titleOf(entry) });
      bin.onclick = () => confirm(t("history.confirm", { title: titleOf(entry) })) && remove([entry]);
      const facts = [whenOf(entry), clock(entry.seconds), ...(busy(entry) ? [t("history.busy")] : [])].join(" · ");
      return make("li", {}, title, make("small", {}, facts), link, bin, make("p", {}, entry.preview));
    }),
  );
  element("no-entries").hidden = entries.length > 0;
  const free = entries.filter((entry) => !busy(entry));
  button("delete-all").disabled = free.length === 0;
  button("delete-all").onclick = () => confirm(t("history.confirmAll", { count: free.length })) && remove(free);
  const box = dialog("history");
  if (!box.open) box.showModal();
}

/** @param {Entry} entry */
export function titleOf(entry) {
  return entry.title || t("history.untitled", { when: whenOf(entry) });
}

/** @param {Entry} entry */
function whenOf({ id }) {
  return new Date(id).toLocaleString(language, { dateStyle: "medium", timeStyle: "short" });
}
