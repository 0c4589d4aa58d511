// A place or a contact card leaves by itself; what is half written above it stays.
import { send } from "./acts.js";
import { place } from "./place.js";
import { uuid } from "./safe.js";

async function give(part) {
  const form = part.closest("form[data-composer]");
  const fields = [...part.querySelectorAll("input")];
  if (part.disabled || form.querySelector(".verdict.no") || !fields.some((field) => field.value.trim())) return fields[0].focus();
  part.dataset.key ??= uuid(); // a repeated try carries the same key, so it cannot be sent twice
  const data = new FormData();
  data.set("key", part.dataset.key);
  for (const field of fields) data.set(field.name, field.value);
  part.disabled = true;
  const html = await send("POST", form.action, data);
  part.disabled = false;
  if (html === null) return fields[0].focus();
  delete part.dataset.key;
  for (const field of fields) field.value = "";
  place(html);
  if (!form.isConnected) return;
  part.closest("details").open = false;
  form.elements.text.focus();
}

document.addEventListener("click", (event) => {
  const part = event.target.closest("[data-give] button")?.parentElement;
  if (part) give(part);
});

document.addEventListener("keydown", (event) => {
  const part = event.target.matches?.("[data-give] input") && event.key === "Enter" && !event.isComposing && event.target.closest("[data-give]");
  if (!part) return;
  event.preventDefault();
  give(part);
});

document.addEventListener("input", (event) => {
  const part = event.target.closest?.("[data-give]");
  if (part) delete part.dataset.key;
});

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("details.give[open]")) event.target.querySelector("input").focus();
}, true);
