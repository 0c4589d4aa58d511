// A new template: what follows from what is typed (examples to be given, how it reads) is drawn by the server as one types.
import { send } from "./acts.js";
import { place } from "./place.js";

const PAUSE = 300;
let waiting, asked = 0;

function look(form) {
  const number = ++asked;
  const fields = [...new FormData(form)].filter(([, value]) => typeof value === "string");
  send("POST", form.dataset.look, new URLSearchParams(fields)).then((html) => { if (html !== null && number === asked) place(html); });
}

document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (!form?.dataset.look) return;
  clearTimeout(waiting);
  waiting = setTimeout(look, PAUSE, form);
});
