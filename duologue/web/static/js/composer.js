// Where the answer is written. The pending bubble is there at once, under the key that the server will know it by.
import { tell, whisper } from "./acts.js";
import { place } from "./place.js";
import { attachments, clearFiles, filesOf } from "./files.js";
import { measure } from "./measure.js";
import { copy, parse, uuid } from "./safe.js";
import { toEnd } from "./talk.js";

const encoder = new TextEncoder();
const composer = () => document.querySelector("form[data-composer]");
const idOf = (form) => form.closest(".talk").dataset.conversation;
const bubblesOf = (form) => form.closest(".talk").querySelector(".bubbles");
let saving = 0;
let typed = 0;

const length = (text, unit) => (unit === "bytes" ? encoder.encode(text).length : [...text].length);

// The limit is said before it bites.
function count(form) {
  const { limit, unit, over, left } = form.dataset;
  const rest = Number(limit) - length(form.elements.text.value, unit);
  const label = form.querySelector("[data-count]");
  label.hidden = rest > Math.max(40, Number(limit) * 0.1);
  label.textContent = (rest < 0 ? over : left).replace("{n}", Math.abs(rest));
  label.classList.toggle("over", rest < 0);
  label.classList.toggle("near", rest >= 0);
  measure(form);
  return rest >= 0;
}

function save(form) {
  clearTimeout(saving);
  saving = setTimeout(() => keep(form), 800);
}

async function keep(form) {
  clearTimeout(saving);
  saving = 0;
  await whisper("PUT", `/c/${idOf(form)}/draft`, new URLSearchParams({ text: form.elements.text.value }));
}

function typing(form) {
  if (form.dataset.typing !== "true" || Date.now() - typed < 4000 || !form.elements.text.value) return;
  typed = Date.now();
  whisper("POST", `/c/${idOf(form)}/typing`);
}

/** The bubble that stands for an answer until the server's own one takes its place. */
function pending(form, key, text, files) {
  const bubble = copy(form.querySelector("template[data-pending]"));
  bubble.id = `msg-${key}`;
  bubble.dataset.moment = Date.now();
  bubble.classList.add("pending", "new");
  const said = bubble.querySelector("[data-text]");
  said.textContent = [text, ...files.map((file) => file.name)].filter(Boolean).join("\n");
  said.hidden = false;
  if (files.length) bubble.querySelector(".st").append(copy(form.querySelector("template[data-bar]")));
  bubblesOf(form).insertBefore(bubble, bubblesOf(form).querySelector(".typing"));
  document.dispatchEvent(new CustomEvent("placed", { detail: { element: bubble, fresh: true } }));
  toEnd();
  return bubble;
}

function upload(url, data, bar) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open("POST", url);
    request.setRequestHeader("HX-Request", "true");
    request.upload.onprogress = (event) => { if (bar && event.lengthComputable) bar.value = event.loaded / event.total; };
    request.onloadend = () => resolve({ status: request.status, html: request.responseText });
    request.send(data);
  });
}

async function submit(form) {
  const text = form.elements.text.value.trim();
  const files = filesOf(form);
  const to = [form.elements.reply_to.value, form.querySelector("[data-to] span").textContent];
  if ((!text && !files.length) || !count(form) || form.querySelector(".verdict.no")) return;
  const offered = form.elements.choices?.value.trim() ?? "";
  const key = form.dataset.key ?? uuid(); // a repeated try carries the same key, so it cannot be sent twice
  const data = new FormData();
  data.set("key", key);
  data.set("text", text);
  if (form.elements.reply_to.value) data.set("reply_to", form.elements.reply_to.value);
  if (offered) data.set("choices", offered);
  for (const file of files) data.append("files", file);
  const bubble = pending(form, key, text, files);
  empty(form);
  const begun = performance.now();
  const { status, html } = await upload(form.action, data, bubble.querySelector("progress"));
  if (status === 0 || status >= 400) return failed(form, { key, text, files, to, offered, html });
  place(html, begun);
  keep(form); // what is left of the draft
}

function empty(form) {
  form.elements.text.value = "";
  delete form.dataset.key;
  clearFiles(form);
  quote(form, "", "");
  offer(form, "");
  clearTimeout(saving);
  saving = 0;
  count(form);
  fail(form, "");
}

// Nothing that was written is lost: the words go back into the field.
function failed(form, { key, text, files, to, offered, html }) {
  const told = words(html) || document.getElementById("words").dataset.failed;
  document.getElementById(`msg-${key}`)?.remove();
  form.dataset.key = key;
  form.elements.text.value = [text, form.elements.text.value].filter(Boolean).join("\n");
  if (!form.isConnected) { // another conversation is open by now: the words wait as a draft of theirs
    keep(form);
    return tell(told);
  }
  attachments(form, files);
  quote(form, ...to);
  offer(form, offered);
  fail(form, told);
  count(form);
}

function words(html) {
  return parse(html ?? "").map((told) => told.querySelector("[data-fill]")?.textContent ?? "").join(" ");
}

/** The message that is answered to: its words stand above the field until the answer has left. */
function quote(form, id, said) {
  form.elements.reply_to.value = id;
  const line = form.querySelector("[data-to]");
  line.querySelector("span").textContent = said;
  line.hidden = !id;
}

/** Short answers for a tap, where the platform has them; they leave with the words above them. */
function offer(form, said) {
  const field = form.elements.choices;
  if (!field) return;
  field.value = said;
  field.closest("details").open = Boolean(said);
}

function fail(form, said) {
  const line = form.querySelector("[data-error]");
  line.textContent = said;
  line.hidden = !said;
}

document.addEventListener("submit", (event) => {
  const form = event.target.closest("form[data-composer]");
  if (!form) return;
  event.preventDefault();
  submit(form);
});

document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-say]") || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  submit(event.target.form);
});

document.addEventListener("input", (event) => {
  if (!event.target.matches?.("[data-say]")) return;
  const form = event.target.form;
  delete form.dataset.key;
  count(form);
  save(form);
  typing(form);
});

document.addEventListener("click", (event) => {
  const form = composer();
  const chosen = event.target.closest("[data-quote]");
  if (!form || (!chosen && !event.target.closest("[data-unquote]"))) return;
  const said = chosen?.closest(".msg").querySelector(".say:not([hidden]), .call, .file .name, .subject, img");
  quote(form, chosen?.dataset.quote ?? "", said?.textContent.trim() || said?.alt || "…");
  form.elements.text.focus();
});

// Taken back in time: the words return to the field.
document.addEventListener("acted", ({ detail }) => {
  if (detail.act !== "undo") return;
  const bubble = detail.form.closest(".msg");
  const form = composer();
  if (!form || !bubble) return;
  form.elements.text.value ||= bubble.querySelector("[data-text]")?.textContent ?? "";
  form.elements.text.focus();
  save(form);
  bubble.remove();
});

const leaving = () => { if (saving && composer()) keep(composer()); };
addEventListener("pagehide", leaving);
document.addEventListener("htmx:before:swap", leaving);
