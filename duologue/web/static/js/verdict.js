// The time to answer runs out while one looks at it: then the line above the answer is asked for anew.
import { place } from "./place.js";

const LONGEST = 2 ** 31 - 1; // a timer takes no more
const AGAIN = 30000; // where this clock is ahead of the server's

function watch(line) {
  const rest = Number(line.dataset.until ?? NaN) - Date.now();
  if (rest > LONGEST || Number.isNaN(rest)) return;
  setTimeout(ask, rest > 0 ? rest + 200 : AGAIN, line);
}

async function ask(line) {
  if (!line.isConnected) return;
  const answer = await fetch(`/c/${line.id.replace("verdict-", "")}/verdict`).catch(() => null);
  if (answer?.ok && !answer.redirected) place(await answer.text());
  else setTimeout(ask, AGAIN, line);
}

const watched = new WeakSet();
const watchAll = () => {
  for (const line of document.querySelectorAll(".verdict")) {
    if (watched.has(line)) continue;
    watched.add(line);
    watch(line);
  }
};
watchAll();
for (const event of ["placed", "htmx:after:swap"]) document.addEventListener(event, watchAll);
