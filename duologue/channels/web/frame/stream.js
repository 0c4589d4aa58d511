/* The live side. EventSource carries no token in a header and gives up for ever on an answer other than 200; this does
   neither: it comes back by itself, later each time, never together with everybody else. */
const SILENCE = 40_000; // the server says something every 15 s

/** Yields the server's events for as long as the answer lasts. Rejects when nothing has come for too long. */
async function* events(body, alive) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    alive();
    text += value;
    const whole = text.split("\n\n");
    text = whole.pop();
    for (const block of whole) {
      const event = { name: "", data: "", id: "" };
      for (const line of block.split("\n")) {
        if (line.startsWith("event: ")) event.name = line.slice(7);
        else if (line.startsWith("data: ")) event.data = line.slice(6);
        else if (line.startsWith("id: ")) event.id = line.slice(4);
      }
      if (event.data) yield event;
    }
  }
}

/** Follows the conversation until `stop`. `on.open`, `on.event`, `on.away`, `on.shut` are told what happens. */
export function follow(call, position, on) {
  const ended = new AbortController();
  let wake = () => {};

  async function once() {
    const patience = new AbortController();
    const signal = AbortSignal.any([ended.signal, patience.signal]);
    let timer = setTimeout(() => patience.abort(), SILENCE);
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => patience.abort(), SILENCE);
    };
    try {
      const after = position();
      const reply = await call("GET", "events", { headers: after ? { "last-event-id": String(after) } : {}, signal });
      if (!reply.ok) return false;
      on.open();
      for await (const event of events(reply.body, alive)) on.event(event);
      return true;
    } finally {
      clearTimeout(timer);
    }
  }

  async function run() {
    let misses = 0;
    while (!ended.signal.aborted) {
      try {
        misses = (await once()) ? 0 : misses + 1;
      } catch (error) {
        if (ended.signal.aborted) return;
        if (error.name === "Shut") return on.shut(error.message);
        misses += 1;
      }
      if (ended.signal.aborted) return;
      if (misses) on.away();
      await Promise.race([pause(misses), new Promise((resolve) => (wake = resolve))]);
    }
  }

  void run();
  return { stop: () => ended.abort(), hurry: () => wake() };
}

/** Doubling from half a second to half a minute, with chance. */
export function pause(misses) {
  const longest = Math.min(30_000, 500 * 2 ** Math.min(misses, 6));
  return new Promise((resolve) => setTimeout(resolve, longest * (0.5 + Math.random() / 2)));
}
