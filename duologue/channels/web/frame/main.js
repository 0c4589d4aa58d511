/* The chat window: joins what the person does, what the server says, and what the page around it wants. */
import { ask } from "./ask.js";
import { compose } from "./compose.js";
import { icon } from "./draw.js";
import { host } from "./host.js";
import { keep } from "./keep.js";
import { outbox } from "./outbox.js";
import { reason, session } from "./session.js";
import { follow } from "./stream.js";
import { ticks } from "./ticks.js";
import { view } from "./view.js";

const config = JSON.parse(document.body.dataset.config);
const { words } = config;
const [close, notice, greeting, earlier] = ["close", "notice", "greeting", "earlier"].map((id) => document.getElementById(id));
const REST = 60_000; // a hidden tab gives its connection back after a minute

const store = keep(config.channel);
const speaker = session(store, () => screen.clear());
const { call } = speaker;
let stream = null;
let isShown = false;
let page;
let last = 0;
let resting, complaint;

const screen = view(words, {
  file: fetchFile,
  again,
  discard(id) {
    letters.discard(id);
    screen.remove(id);
  },
});
const ticked = ticks(call, screen, (count) => around.tell("unread", { count }));
const letters = outbox(store, call, {
  taken: (message) => screen.has(message.id) && screen.get(message.id).status === "pending" && screen.put({ ...screen.get(message.id), status: "sent" }),
  failed(message) {
    screen.put({ ...screen.get(message.id), status: "failed", why: message.failed });
    if (message.asks) inquire(true);
  },
});
const questions = ask(config, store, { answer });
const composer = compose(config, store, {
  send(text, picked) {
    const isNewPage = page && store.get("page") !== page;
    if (isNewPage) store.set("page", page);
    draft(letters.add(text, picked, isNewPage ? page : undefined, store.get("answer") ?? ""), true);
    store.drop("answer");
  },
  types: () => void call("POST", "typing").catch(() => null), // worth nothing a moment later
});

document.documentElement.style.setProperty("--brand", config.accent);
greeting.textContent = config.greeting;
close.append(icon("close"));

// ---------------------------------------------------------------------------------------------------- a conversation

function start() {
  composer.lock(mayAsk()); // until it is known whether there is a conversation already
  for (const message of letters.kept(words.files_gone)) draft(message, false);
  letters.hurry();
  listen();
}

function listen() {
  stream?.stop();
  stream = follow(call, () => last, {
    open() {
      say("");
      if (!mayAsk()) composer.lock(false);
      letters.hurry();
      void load(100).then(() => inquire(false)).catch(() => null); // the stream goes on, and asks again when it comes back
    },
    event({ name, data }) {
      const news = JSON.parse(data);
      if (name === "typing") return screen.types(news.author ?? "");
      if (news.by === "brand" && news.seq > last) screen.types(null);
      show(news, true);
      tick();
    },
    away: () => say(navigator.onLine ? words.away : words.offline),
    shut(why) {
      stream = null;
      say(why);
      composer.lock(true);
    },
  });
}

const mayAsk = () => config.questions.length > 0 && store.get("session")?.asks?.length !== 0;

/** Asks what is still open, where a conversation begins or the server wants it answered; else one may write. */
function inquire(isWanted) {
  const open = isWanted || !screen.entries().length ? (store.get("session")?.asks ?? []) : [];
  const isAsked = questions.put(open);
  composer.hide(isAsked);
  composer.lock(false);
  if (isShown && [null, document.body].includes(document.activeElement)) enter(); // who went to a button stays there
}

/** Words by field where something cannot be an answer; else the composer takes the form's place. */
async function answer(typed) {
  const reply = await call("POST", "answers", { body: JSON.stringify(typed), headers: { "content-type": "application/json" } });
  if (!reply.ok) {
    const said = await reply.clone().json().catch(() => ({}));
    if (said.fields) return said.fields;
    throw new Error(await reason(reply));
  }
  speaker.take(await reply.json());
  if (typed.question) store.set("answer", typed.question);
  inquire(false);
  for (const { key, status } of screen.entries()) if (status === "failed") again(key);
  composer.focus();
  return null;
}

/** The newest lines; also those known already, since they may have changed meanwhile. */
async function load(most) {
  const reply = await call("GET", `messages?after=${most > 100 ? 0 : Math.max(0, last - 100)}&most=${most}`);
  if (!reply.ok) return;
  const { lines, more } = await reply.json();
  if (!last) earlier.hidden = !more;
  const isFirst = !screen.entries().length;
  for (const line of lines) show(line, !isFirst && line.seq > last);
  if (isFirst) screen.toEnd();
  tick();
}

function show(line, isNew) {
  const key = line.mine ?? line.id;
  const mine = line.by === "person";
  last = Math.max(last, line.seq);
  if (mine && line.mine) letters.discard(line.mine);
  screen.put({ ...line, key, mine, author: line.author ?? "", at: new Date(line.at) }, isNew);
}

function again(id) {
  screen.put({ ...screen.get(id), status: "pending" });
  letters.again(id);
}

function draft({ id, text, at, failed, files: lost }, isNew) {
  const files = letters.filesOf(id).map((file) => ({ blob: file, name: file.name, mime: file.type, size: file.size }));
  const status = failed ? "failed" : "pending";
  screen.put({ key: id, seq: Infinity, mine: true, author: "", at: new Date(at), status, text, files, why: failed, lost: lost && failed }, isNew);
}

async function fetchFile({ id, blob }) {
  if (blob) return blob;
  const reply = await call("GET", `files/${id}`).catch(() => null);
  return reply?.ok ? reply.blob() : null;
}

function tick() {
  ticked.take(isShown && document.visibilityState === "visible");
}

function say(text) {
  clearTimeout(complaint);
  const tell = () => {
    notice.textContent = text;
    notice.hidden = !text;
  };
  if (text) complaint = setTimeout(tell, 800); // a connection that is back at once needs no words
  else tell();
}

// --------------------------------------------------------------------------------------------- the page around it

const around = host(config.origins, (data) => {
  if (data.kind === "hello") {
    if (["light", "dark"].includes(data.theme)) document.documentElement.style.colorScheme = data.theme;
    page = typeof data.page === "string" ? data.page.slice(0, 2000) : undefined;
    close.hidden = false;
    if (data.fresh === true) forget();
    become(data.identity);
    look(data.shown === true);
  }
  if (data.kind === "identify") become(data.identity);
  if (data.kind === "logout") {
    forget();
    become(null);
  }
  if (data.kind === "shown") look(true);
  if (data.kind === "hidden") look(false);
});

/** The page says who is in front of the screen. Somebody else's words are gone before anything is asked. */
function become(identity) {
  const kept = store.get("session");
  const signed = identity?.hmac ? identity : null;
  const isSame = !kept || (signed ? kept.address === `u:${signed.external_id}` : !kept.verified);
  if (!isSame) forget();
  if (signed) speaker.become({ identity: signed });
  else speaker.become(identity ? { claims: { name: identity.name, email: identity.email } } : {});
  start();
}

function forget() {
  stream?.stop();
  letters.empty();
  speaker.forget();
  for (const key of ["page", "answer", "answers"]) store.drop(key);
  questions.put([]);
  composer.hide(false);
  screen.clear();
  composer.clear();
  last = 0;
  ticked.forget();
}

/** Where one writes next, unless a keyboard on the screen would come up for it. */
function enter() {
  if (matchMedia("(pointer: coarse)").matches || document.activeElement?.matches("input, textarea, a")) return;
  if (document.getElementById("ask").hidden) composer.focus();
  else questions.focus();
}

function look(shown) {
  isShown = shown;
  if (shown) enter();
  if (shown) screen.toEnd();
  tick();
}

close.addEventListener("click", () => around.tell("close"));
earlier.addEventListener("click", () => {
  earlier.hidden = true;
  void load(500).catch(() => (earlier.hidden = false));
});
addEventListener("keydown", (event) => event.key === "Escape" && !event.isComposing && around.tell("close"));
addEventListener("focus", () => {
  stream?.hurry();
  letters.hurry();
});
addEventListener("online", () => stream && listen()); // what was open before may be dead without knowing it
addEventListener("offline", () => say(words.offline));
document.addEventListener("visibilitychange", () => {
  clearTimeout(resting);
  if (document.visibilityState === "hidden") {
    resting = setTimeout(() => {
      stream?.stop();
      stream = null;
      resting = "resting";
    }, REST);
  } else {
    if (resting === "resting") listen();
    resting = undefined;
    tick();
  }
});
if (!around.isThere) {
  become(null);
  look(true);
}
