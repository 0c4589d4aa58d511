// What the answer would cost, where its channel can tell: asked when the typing pauses. Nothing of it is kept.
import { filesOf } from "./files.js";

const PAUSE = 400;
let waiting = 0;
let asked = 0;

/** Asks anew for what stands in the field; what was told of other words is taken away. */
export function measure(form) {
  const line = form?.querySelector("[data-measure]");
  if (!line) return;
  clearTimeout(waiting);
  asked += 1;
  if (form.elements.text.value.trim() || filesOf(form).length) waiting = setTimeout(() => ask(form, line), PAUSE);
  else show(line, "");
}

async function ask(form, line) {
  const mine = asked;
  const body = new URLSearchParams({ text: form.elements.text.value, files: filesOf(form).length });
  const said = await told(line.dataset.measure, body);
  if (mine === asked) show(line, said);
}

// Where it cannot be had, nothing is told: it is a courtesy, and no answer waits for it.
async function told(url, body) {
  try {
    const answer = await fetch(url, { method: "POST", body, headers: { "HX-Request": "true" }, credentials: "same-origin" });
    return answer.ok ? await answer.text() : "";
  } catch {
    return "";
  }
}

function show(line, said) {
  line.textContent = said;
  line.hidden = !said;
}

const here = () => measure(document.querySelector("form[data-composer]"));

document.addEventListener("attached", (event) => measure(event.target)); // files came or went
document.addEventListener("htmx:after:swap", here); // another conversation, perhaps with a draft
here();
