// The list and the keyboard: which conversation is open, where the cursor stands, what each key does.
import { act } from "./acts.js";
import htmx from "../vendor/htmx/htmx.min.js";

const me = document.documentElement.dataset.me;
const rows = () => [...document.querySelectorAll("#rows .row:not(.going)")];
const open = () => document.querySelector(".talk")?.dataset.conversation;
let chord = "";

/** Opens a conversation in the middle pane, or as a page of its own where there is no such pane. */
function go(href) {
  if (!document.getElementById("work")) return location.assign(href);
  htmx.ajax("GET", href, { target: "#work", swap: "innerHTML", push: href });
  mark(href.split("/").at(-1));
}

function mark(id = open()) {
  for (const row of document.querySelectorAll("#rows .row")) {
    if (row.id === `row-${id}`) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  }
  for (const element of document.querySelectorAll("[data-assignee]")) element.toggleAttribute("data-mine", element.dataset.assignee === me);
}

function cursor(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("cursor"));
  const from = at >= 0 ? at : all.findIndex((row) => row.hasAttribute("aria-current"));
  const next = all[Math.max(0, Math.min(all.length - 1, from + step))];
  for (const row of all) row.classList.toggle("cursor", row === next);
  next.scrollIntoView({ block: "nearest" });
  next.focus({ preventScroll: true });
}

function enter() {
  const row = document.querySelector("#rows .row.cursor") ?? document.activeElement?.closest?.(".row");
  if (row) go(row.getAttribute("href"));
  row?.classList.remove("cursor");
}

function press(selector) {
  const form = document.querySelector(`.talk header form[data-act="${selector}"]`);
  if (form) act(form, form.querySelector("button"));
}

function snooze() {
  const menu = document.querySelector(".talk [data-menu=snooze]");
  if (!menu) return;
  menu.open = true;
  menu.querySelector("div button").focus();
}

function escape() {
  const menu = document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
  else if (document.querySelector(".about.shown")) document.querySelector(".about.shown").classList.remove("shown");
  else document.activeElement?.blur();
}

function dialog(id) {
  const found = document.getElementById(id);
  if (found && !found.open) found.showModal();
}

const keys = {
  j: () => cursor(1), k: () => cursor(-1), ArrowDown: () => cursor(1), ArrowUp: () => cursor(-1),
  o: enter, Enter: enter,
  e: () => press("close"), u: () => press("reopen"), a: () => press("assign"), s: snooze,
  r: () => document.querySelector(".compose textarea")?.focus(),
  "/": () => document.querySelector(".tabs [aria-current]")?.focus(),
  "?": () => dialog("keys"),
  "g i": () => location.assign("/"),
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) return escape();
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (event.target.closest("input, textarea, select, dialog, [contenteditable]")) return;
  const named = chord ? `${chord} ${event.key}` : event.key;
  chord = event.key === "g" ? "g" : "";
  if (event.key.startsWith("Arrow") && !event.target.closest("#rows")) return;
  if (event.key === "Enter" && !event.target.closest(".row") && !document.querySelector(".row.cursor")) return;
  if (event.key === "Enter" && event.target.closest("button, summary, a:not(.row)")) return;
  if (!keys[named]) return;
  event.preventDefault();
  keys[named]();
});

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-open]");
  if (link && !event.defaultPrevented && event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    go(link.getAttribute("href"));
  }
  const show = event.target.closest("[data-show]");
  if (show) dialog(show.dataset.show);
});

// Closing or snoozing moves on to the next in the list.
document.addEventListener("acted", ({ detail }) => {
  if (detail.act !== "close") return;
  const all = rows();
  const at = all.findIndex((row) => row.id === `row-${open()}`);
  all[at + 1]?.classList.add("cursor");
});

document.addEventListener("placed", () => mark());
document.addEventListener("htmx:after:swap", () => mark());
mark();
