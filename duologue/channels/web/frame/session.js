/* Who speaks to the server, and how to call it: a token that is renewed, and an identity that always goes first. */
const BASE = new URL("./", location.href);
const PRIVATE = { credentials: "omit", cache: "no-store" };

/** The server will not talk to this visitor; `message` says why in words for them. */
export class Shut extends Error {
  name = "Shut";
}

/** Calls under one session. `switched` is told when the server begins another conversation. */
export function session(store, switched) {
  let token = null;
  let who = {}; // {identity} or {claims}
  let opening = null;
  let turn = 0;
  let address = store.get("session")?.address;

  async function open(mine) {
    const kept = store.get("session");
    const ask = { locale: navigator.language.slice(0, 35), ...who };
    // Only who is signed in now may go on with what a signed-in person said before.
    if (!who.identity && kept && !kept.verified) ask.refresh = kept.refresh;
    const reply = await post("session", JSON.stringify(ask), { "content-type": "application/json" });
    if (mine !== turn) throw new DOMException("another session began", "AbortError");
    if (reply.status === 401 && ask.refresh) {
      store.drop("session");
      return open(mine);
    }
    if (reply.status === 401 || reply.status === 403 || reply.status === 404) throw new Shut(await reason(reply));
    if (!reply.ok) throw new Error(await reason(reply));
    const found = await reply.json();
    if (mine !== turn) throw new DOMException("another session began", "AbortError");
    if (address && address !== found.address) switched();
    address = found.address;
    take(found);
  }

  const take = (found) => {
    store.set("session", found);
    token = found.token;
  };

  const ready = () => {
    if (token) return Promise.resolve();
    const mine = turn;
    opening ??= open(mine).finally(() => mine === turn && (opening = null));
    return opening;
  };

  return {
    /** The server's answers hold a session with more in it than the last one. */
    take,
    /** One call; a session that has run out is renewed once. Rejects with `Shut`, or as `fetch` does. */
    async call(method, path, { body, headers = {}, signal } = {}) {
      for (let attempt = 0; ; attempt += 1) {
        const mine = turn;
        await ready();
        if (mine !== turn) throw new DOMException("another session began", "AbortError");
        const ask = { method, body, signal, ...PRIVATE, headers: { ...headers, authorization: `Bearer ${token}` } };
        const reply = await fetch(new URL(path, BASE), ask);
        if (mine !== turn) throw new DOMException("another session began", "AbortError");
        if (reply.status !== 401) return reply;
        if (attempt) throw new Shut(await reason(reply));
        token = null;
      }
    },
    /** From now on this person speaks, or nobody in particular. */
    become(next) {
      turn += 1;
      who = next;
      token = null;
      opening = null;
    },
    /** Forgets whoever spoke until now. */
    forget() {
      store.drop("session");
      address = undefined;
    },
  };
}

/** The server's own words for what went wrong. */
export async function reason(reply) {
  try {
    return String((await reply.json()).error);
  } catch {
    return String(reply.status);
  }
}

function post(path, body, headers) {
  return fetch(new URL(path, BASE), { method: "POST", body, headers, ...PRIVATE });
}
