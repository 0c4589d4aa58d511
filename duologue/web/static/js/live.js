// One event stream a browser. The tab that holds the lock listens and passes everything on; each tab knows how far it has come.
import { again as lookAgain, place, remove } from "./place.js";

const SILENCE = 45000;
const KEEP = 400;
const root = document.documentElement;
const channel = window.BroadcastChannel ? new BroadcastChannel("duologue-live") : null;
const recent = [];

let position = root.dataset.position;
let source = null;
let tries = 0;
let heard = 0;
let since = "";
let leading = false;

/** Is position `a` behind `b`? Positions are two whole numbers, compared one after the other. */
export function behind(a, b) {
  const [a1, a2] = a.match(/\d+/g).map(BigInt);
  const [b1, b2] = b.match(/\d+/g).map(BigInt);
  return a1 === b1 ? a2 < b2 : a1 < b1;
}

function take({ type, data, id }) {
  if (id && behind(id, position)) return;
  if (id) position = id;
  if (type === "swap") place(data);
  else if (type === "gone") remove(data);
  else if (type === "typing") document.dispatchEvent(new CustomEvent("typing", { detail: JSON.parse(data) }));
  else if (type === "again") lookAgain(data);
  else if (type === "reload") location.reload();
}

function hear(event) {
  heard = Date.now();
  const news = { type: event.type, data: event.data, id: event.type === "gone" ? "" : event.lastEventId };
  if (event.type !== "beat") {
    recent.push(news);
    if (recent.length > KEEP) since = recent.shift().id || since;
    channel?.postMessage({ news });
    take(news);
  } else if (news.id) position = behind(position, news.id) ? news.id : position;
}

function open() {
  source?.close();
  heard = Date.now();
  since = position;
  source = new EventSource(`/live?from=${encodeURIComponent(position)}`);
  for (const type of ["swap", "gone", "again", "typing", "reload", "beat"]) source.addEventListener(type, hear);
  source.addEventListener("open", () => { tries = 0; connected(true); });
  source.addEventListener("error", again);
}

// EventSource gives up for ever on an answer other than 200, and would ask from an old position: it is always opened anew.
function again() {
  source?.close();
  source = null;
  const wait = Math.min(30000, 400 * 2 ** tries++) * (0.5 + Math.random());
  if (tries > 2) connected(false);
  setTimeout(() => { if (leading && !source) open(); }, wait);
}

function connected(yes, pass = true) {
  const banner = document.getElementById("offline");
  if (banner) banner.hidden = yes;
  root.toggleAttribute("data-live", yes);
  if (pass) channel?.postMessage({ connected: yes });
}

function lead() {
  leading = true;
  open();
  return new Promise((release) => addEventListener("pagehide", () => { leading = false; source?.close(); source = null; release(); }, { once: true }));
}

function start() {
  if (channel && navigator.locks) {
    navigator.locks.request("duologue-live", lead);
    channel.postMessage({ hello: position });
  } else lead();
}

// A new tab says from where its page was drawn: it gets what has come since, or the stream is opened again from there.
function answer(from) {
  if (!leading) return;
  if (since && !behind(from, since)) {
    for (const news of recent) if (news.id ? behind(from, news.id) : news.type === "gone") channel.postMessage({ news });
    channel.postMessage({ connected: source?.readyState === 1 });
  } else {
    position = from;
    open();
  }
}

channel?.addEventListener("message", ({ data }) => {
  if (data.news) take(data.news);
  if ("connected" in data) connected(data.connected, false);
  if (data.hello) answer(data.hello);
});

if (position) {
  start();
  setInterval(() => { if (leading && source && Date.now() - heard > SILENCE) again(); }, 5000);
  addEventListener("online", () => { if (leading && source?.readyState !== 1) open(); });
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
}
