// @ts-check
/** What the server says to a session that it would not open: browsers hide the answer to a refused WebSocket. */

/** @typedef {{ status: number, message: string }} Answer `message`: the server's words, empty if it has none */

const ANSWER_MS = 1500;
const UNAUTHORIZED = 401;

/** @param {URL} listen the session's address @returns {Promise<Answer | null>} null if the server does not answer */
export async function probe(listen) {
  const url = new URL(listen);
  url.protocol = url.protocol.replace("ws", "http");
  try {
    const answer = await ask(url);
    if (answer.status !== UNAUTHORIZED) return answer;
    await fetch("./", { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) }); // the page's cookie, anew
    return await ask(url);
  } catch {
    return null;
  }
}

/** @param {URL} url @returns {Promise<Answer>} */
async function ask(url) {
  const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(ANSWER_MS) });
  const json = response.headers.get("Content-Type")?.startsWith("application/json");
  return { status: response.status, message: json ? ((await response.json()).err_msg ?? "") : "" };
}
