// The open conversation: scrolling, day marks, "new messages", typing, having read.
import { whisper } from "./acts.js";
import { tellTimes } from "./times.js";
import { copy } from "./safe.js";

const NEAR = 120;
let sticking = true;
let typing = 0;
let readTimer = 0;

const bubbles = () => document.querySelector(".talk .bubbles");
const talk = () => document.querySelector(".talk");

/** To the newest message. */
export function toEnd() {
  const box = bubbles();
  if (!box) return;
  box.scrollTop = box.scrollHeight;
  sticking = true;
  jump(false);
}

const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < NEAR;

function jump(shown) {
  const button = document.querySelector(".talk [data-jump]");
  if (button) button.hidden = !shown;
}

/** A mark above the first message of each day, in the reader's own zone. */
function markDays(box) {
  for (const mark of box.querySelectorAll(":scope > .day")) mark.remove();
  let last = "";
  for (const message of box.querySelectorAll(":scope > [data-moment]")) {
    const moment = new Date(Number(message.dataset.moment));
    const day = moment.toDateString();
    if (day === last) continue;
    last = day;
    const mark = copy(document.getElementById("day-mark"));
    mark.querySelector("time").dateTime = moment.toISOString();
    message.before(mark);
  }
  tellTimes(box);
}

function fit(frame) {
  const whole = frame.contentDocument?.documentElement;
  if (!whole) return;
  frame.style.height = `${Math.min(1600, Math.max(whole.offsetHeight, 24))}px`;
  const more = frame.parentElement?.querySelector("form[data-remote]");
  if (more) more.hidden = !whole.querySelector("body > .held");
  if (sticking) toEnd();
}

function readSoon() {
  clearTimeout(readTimer);
  readTimer = setTimeout(async () => {
    const id = talk()?.dataset.conversation;
    const row = id && document.getElementById(`row-${id}`);
    const unread = row ? row.classList.contains("unread") : talk()?.hasAttribute("data-fresh");
    if (!id || !unread || document.visibilityState !== "visible" || !document.hasFocus()) return;
    const shown = talk();
    shown.removeAttribute("data-fresh");
    if (!(await whisper("POST", `/c/${id}/read`))) shown.setAttribute("data-fresh", "");
  }, 400);
}

function show() {
  const box = bubbles();
  if (!box || box.hasAttribute("data-shown")) return;
  box.setAttribute("data-shown", "");
  markDays(box);
  toEnd();
  box.addEventListener("scroll", () => { sticking = atEnd(box); if (sticking) jump(false); }, { passive: true });
  for (const frame of box.querySelectorAll("iframe[data-fit]")) watch(frame);
  talk().setAttribute("data-fresh", "");
  readSoon();
}

function watch(frame) {
  frame.addEventListener("load", () => fit(frame));
  if (frame.contentDocument?.readyState === "complete") fit(frame);
}

document.addEventListener("placed", ({ detail: { element, fresh } }) => {
  const box = bubbles();
  if (!box?.contains(element)) return;
  markDays(box);
  for (const frame of element.querySelectorAll("iframe[data-fit]")) watch(frame);
  if (element.matches(".in")) { hush(); talk().setAttribute("data-fresh", ""); readSoon(); }
  if (sticking || element.matches(".out.new")) toEnd();
  else if (fresh) jump(true);
});

document.addEventListener("typing", ({ detail }) => {
  const line = document.getElementById(`typing-${detail.conversation}`);
  if (!line || detail.name === document.documentElement.dataset.name) return;
  line.textContent = line.dataset.words.replace("{name}", detail.name);
  line.hidden = false;
  clearTimeout(typing);
  typing = setTimeout(hush, 6000);
  if (sticking) toEnd();
});

function hush() {
  const line = document.querySelector(".talk .typing");
  if (line) line.hidden = true;
}

// Earlier messages are put above without moving what is being read.
let before = null;
document.addEventListener("htmx:before:swap", ({ detail }) => {
  const box = bubbles();
  before = box && detail.ctx.sourceElement?.id === "earlier" ? box.scrollHeight - box.scrollTop : null;
});
document.addEventListener("htmx:after:swap", () => {
  const box = bubbles();
  if (before !== null && box) { markDays(box); box.scrollTop = box.scrollHeight - before; before = null; }
  show();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-jump]")) toEnd();
  if (event.target.closest("[data-about]")) document.querySelector(".about")?.classList.toggle("shown");
  const found = event.target.closest("[data-find]");
  if (!found) return;
  event.preventDefault();
  const message = document.querySelector(`[data-id="${CSS.escape(found.dataset.find)}"]`);
  message?.scrollIntoView({ block: "center", behavior: "smooth" });
  message?.classList.add("found");
  setTimeout(() => message?.classList.remove("found"), 1600);
});

document.addEventListener("visibilitychange", readSoon);
addEventListener("focus", readSoon);
// Pictures take their room when they arrive; whoever read the newest message still does.
for (const arrived of ["load", "loadedmetadata"]) {
  document.addEventListener(arrived, ({ target }) => { if (sticking && target.closest?.(".bubbles")) toEnd(); }, true);
}
addEventListener("resize", () => { if (sticking) toEnd(); });
document.fonts.ready.then(() => { if (sticking) toEnd(); });
show();
