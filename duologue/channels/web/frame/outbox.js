/* Messages on their way. Each keeps one id of its own until the server has it on disk, however often it is tried;
   words outlive a reload, files live as long as the window. */
import { reason } from "./session.js";
import { pause } from "./stream.js";

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

/** A random UUID, also where the page is not encrypted and `crypto.randomUUID` is missing. */
function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

export function outbox(store, call, on) {
  const files = new Map();
  let isBusy = false;
  let wake = () => {};
  let turn = 0;

  const keyed = (id) => `out:${id}`;
  const waiting = () => store.keys("out:").map((key) => store.get(key)).filter((one) => one?.id && !one.failed).sort((a, b) => a.at - b.at);

  function body(message) {
    const { id, text, page, answer } = message;
    const picked = files.get(id);
    if (!picked) return { body: JSON.stringify({ id, text, ...(page && { page }), ...(answer && { answer }) }), headers: { "content-type": "application/json" } };
    const form = new FormData();
    form.append("id", id);
    form.append("text", text);
    if (page) form.append("page", page);
    if (answer) form.append("answer", answer);
    for (const file of picked) form.append("file", file, file.name);
    return { body: form };
  }

  /** True where the message needs no further try. */
  async function attempt(message) {
    const reply = await call("POST", "messages", body(message));
    if (reply.ok) {
      store.drop(keyed(message.id));
      on.taken(message);
      return true;
    }
    if (reply.status === 429 || reply.status >= 500) return false;
    store.set(keyed(message.id), { ...message, failed: await reason(reply) });
    on.failed({ ...store.get(keyed(message.id)), asks: reply.status === 422 });
    return true;
  }

  async function run() {
    if (isBusy) return;
    isBusy = true;
    const mine = turn;
    let misses = 0;
    for (let next; mine === turn && (next = waiting()[0]); ) {
      try {
        misses = (await attempt(next)) ? 0 : misses + 1;
      } catch (error) {
        if (error.name === "Shut") break;
        misses += 1;
      }
      if (misses) await Promise.race([pause(misses), new Promise((resolve) => (wake = resolve))]);
    }
    if (mine === turn) isBusy = false;
  }

  return {
    /** Takes a message and starts on its way; it is shown before anything is sent. */
    add(text, picked, page, answer) {
      const message = { id: uuid(), text, page, answer, at: Date.now() };
      if (picked.length) files.set(message.id, picked);
      store.set(keyed(message.id), { ...message, files: picked.length });
      void run();
      return message;
    },
    filesOf: (id) => files.get(id) ?? [],
    /** What an earlier page load has left, oldest first. Its files are gone, so a message with files waits for a person. */
    kept(words) {
      const left = store.keys("out:").map((key) => store.get(key)).filter((one) => one?.id);
      for (const one of left) {
        if (one.files && !files.has(one.id)) store.set(keyed(one.id), Object.assign(one, { failed: words }));
      }
      return left.sort((a, b) => a.at - b.at);
    },
    again(id) {
      const message = store.get(keyed(id));
      if (message) store.set(keyed(id), { ...message, failed: undefined });
      void run();
    },
    discard(id) {
      store.drop(keyed(id));
      files.delete(id);
    },
    hurry() {
      wake();
      void run();
    },
    /** Nothing of one person is ever sent by the next. */
    empty() {
      turn += 1;
      isBusy = false;
      files.clear();
      for (const key of store.keys("out:")) store.drop(key);
    },
  };
}
