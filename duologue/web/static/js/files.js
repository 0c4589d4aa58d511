// Files on their way: picked, pasted or dropped; shown with name and size before they are sent.
import { copy } from "./safe.js";

const chosen = new WeakMap();
const locale = document.documentElement.lang;

/** The files that will be sent with this form. */
export const filesOf = (form) => chosen.get(form) ?? [];

/** Takes all files away again. */
export function clearFiles(form) {
  chosen.set(form, []);
  draw(form);
}

/** Adds files; what the channel cannot carry is marked and not added. */
export function attachments(form, files) {
  const fits = [...files].filter((file) => file.size <= Number(form.dataset.fileLimit));
  chosen.set(form, [...filesOf(form), ...fits]);
  draw(form);
  for (const file of files) if (!fits.includes(file)) form.querySelector("[data-attached]").append(chip(form, file, form.dataset.tooLarge));
}

function draw(form) {
  const list = form.querySelector("[data-attached]");
  for (const image of list.querySelectorAll("img")) URL.revokeObjectURL(image.src);
  list.replaceChildren(...filesOf(form).map((file) => chip(form, file)));
  const each = Number(form.dataset.files);
  const some = filesOf(form).length > each && list.lastElementChild;
  form.dispatchEvent(new CustomEvent("attached", { bubbles: true }));
  if (some) some.querySelector("small").textContent += ` · ${form.dataset.splits.replace("{n}", Math.ceil(filesOf(form).length / each))}`;
}

function chip(form, file, problem) {
  const item = copy(form.querySelector("template[data-chip]"));
  item.querySelector(".name").textContent = file.name;
  item.querySelector("small").textContent = problem ?? size(file.size);
  item.classList.toggle("bad", Boolean(problem));
  if (file.type.startsWith("image/") && !problem) {
    const image = new Image();
    image.alt = "";
    image.src = URL.createObjectURL(file);
    item.prepend(image);
  }
  item.querySelector("button").addEventListener("click", () => {
    chosen.set(form, filesOf(form).filter((other) => other !== file));
    if (problem) item.remove();
    else draw(form);
    form.elements.text.focus();
  });
  return item;
}

function size(bytes) {
  const power = Math.min(3, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const unit = ["byte", "kilobyte", "megabyte", "gigabyte"][power];
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: power ? 1 : 0 }).format(bytes / 1000 ** power);
}

const formOf = (target) => target.closest?.(".talk")?.querySelector("form[data-composer]:has([data-pick])");

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-pick]")) return;
  attachments(event.target.form, event.target.files);
  event.target.value = "";
});

document.addEventListener("paste", (event) => {
  const form = formOf(event.target);
  if (!form || !event.clipboardData.files.length) return;
  event.preventDefault();
  attachments(form, event.clipboardData.files);
});

for (const type of ["dragover", "dragleave", "drop"]) {
  document.addEventListener(type, (event) => {
    const form = formOf(event.target);
    if (!form || ![...event.dataTransfer.types].includes("Files")) return;
    event.preventDefault();
    form.classList.toggle("over", type === "dragover");
    if (type === "drop") attachments(form, event.dataTransfer.files);
  });
}
