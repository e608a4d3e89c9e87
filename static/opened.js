// @ts-check
/** The transcript that this page has open, and where it is kept. */

import { Notebook } from "./notebook.js";
import { showProblem } from "./page.js";
import { Store } from "./store.js";
import { t } from "./texts.js";

export const store = await Store.open(() => showProblem(t("problem.store"), false));
export const notebook = new Notebook(store);
