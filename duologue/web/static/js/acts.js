// Speaks to the server: forms marked `data-act` are sent in the background, their answer is placed by id.
import { place } from "./place.js";
import { copy, parse } from "./safe.js";

/** Sends a request. Gives the answer; says what went wrong in passing and gives null where it failed. */
export async function send(method, url, body) {
  let answer;
  try {
    answer = await fetch(url, { method, body, headers: { "HX-Request": "true", Accept: "text/html" }, credentials: "same-origin" });
  } catch {
    tell(document.getElementById("words").dataset.failed);
    return null;
  }
  const html = await answer.text();
  return took(answer.status, html, answer.headers) ? html : null;
}

/** Sends what nobody waits for; gives whether it arrived. */
export async function whisper(method, url, body) {
  try {
    return (await fetch(url, { method, body, keepalive: true, headers: { "HX-Request": "true" }, credentials: "same-origin" })).ok;
  } catch {
    return false;
  }
}

/** Deals with an answer's status: true where it did what was asked. */
export function took(status, html, headers) {
  if (status === 401) location.assign("/sign-in");
  else if (status >= 400 && html.trimStart().startsWith('<p class="toast"')) place(html);
  else if (status >= 400) tell(document.getElementById("words").dataset.failed);
  else if (headers?.get("HX-Redirect")) location.assign(headers.get("HX-Redirect"));
  else return true;
  return false;
}

/** Says something in passing. */
export function tell(words) {
  const toast = copy(document.getElementById("toast"));
  toast.querySelector("[data-fill]").textContent = words;
  document.getElementById("toasts").append(toast);
}

/** Sends a form as its button would; places the answer. */
export async function act(form, button) {
  form.setAttribute("aria-busy", "true");
  const detail = { form, act: form.dataset.act };
  const begun = performance.now();
  const html = await send("POST", form.action, new URLSearchParams(new FormData(form, button)));
  form.removeAttribute("aria-busy");
  if (html === null) return;
  document.dispatchEvent(new CustomEvent("acted", { detail }));
  place(html, begun);
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-act]");
  if (!form) return;
  event.preventDefault();
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return;
  form.closest("details")?.removeAttribute("open");
  if (form.getAttribute("aria-busy") !== "true") act(form, event.submitter);
});

// The rest of a very long message takes the place of its beginning; whoever asked for it reads on there.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-whole]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const { id } = link.closest("article");
  const html = await send("GET", link.href);
  if (html === null) return;
  place(html);
  const words = document.getElementById(id)?.querySelector(".say");
  words?.setAttribute("tabindex", "-1");
  words?.focus({ preventScroll: true });
});

document.addEventListener("htmx:response:error", (event) => took(event.detail.ctx.response.status, event.detail.ctx.text));
document.addEventListener("htmx:error", (event) => event.detail.ctx && tell(document.getElementById("words").dataset.failed));

// What a menu holds is asked for when it is opened; what is being filled in there stays.
document.addEventListener("toggle", async ({ target: menu }) => {
  if (!menu.open || !menu.dataset?.sheet || menu.querySelector(".sheet .template[open]")) return;
  menu.setAttribute("aria-busy", "true");
  const html = await send("GET", menu.dataset.sheet);
  menu.removeAttribute("aria-busy");
  if (html === null) menu.open = false;
  else menu.querySelector(".sheet").replaceChildren(...parse(html));
}, true);

// A menu closes when the eye goes elsewhere.
document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

const toasts = document.getElementById("toasts");
if (toasts) new MutationObserver((changes) => {
  for (const { addedNodes } of changes) for (const toast of addedNodes) setTimeout(() => toast.remove(), 6000);
}).observe(toasts, { childList: true });
