// Says times anew as they pass, in the reader's own zone and the page's language.
const lang = document.documentElement.lang;
const locale = navigator.languages.find((one) => one.split("-")[0] === lang) ?? lang;
const words = document.getElementById("words")?.dataset ?? {};
const format = (options) => new Intl.DateTimeFormat(locale, options);
const clock = format({ timeStyle: "short" });
const unit = (amount, name) => new Intl.NumberFormat(locale, { style: "unit", unit: name, unitDisplay: "short" }).format(amount);

const midnight = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate());
const daysAgo = (date) => Math.round((midnight(new Date()) - midnight(date)) / 86400000);

function day(date) {
  const days = daysAgo(date);
  if (days === 0) return words.today;
  if (days === 1) return words.yesterday;
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return format({ weekday: year ? undefined : "long", day: "numeric", month: "long", year }).format(date);
}

function when(date) {
  const days = daysAgo(date);
  if (days === 0) return clock.format(date);
  if (days === 1) return words.yesterday;
  if (days > 1 && days < 7) return format({ weekday: "short" }).format(date);
  if (date.getFullYear() === new Date().getFullYear()) return format({ day: "numeric", month: "short" }).format(date);
  return format({ dateStyle: "short" }).format(date);
}

function left(date, units = 2) {
  const seconds = Math.floor((date - Date.now()) / 1000);
  if (seconds <= 0) return "";
  if (seconds < 60) return unit(seconds, "second");
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return unit(minutes, "minute");
  const hours = Math.floor(minutes / 60);
  if (hours >= 48) return unit(Math.floor(hours / 24), "day");
  return minutes % 60 && units > 1 ? `${unit(hours, "hour")} ${unit(minutes % 60, "minute")}` : unit(hours, "hour");
}

const full = format({ dateStyle: "medium", timeStyle: "short" });
const manners = { when, left, day, about: (date) => left(date, 1), clock: (date) => clock.format(date), full: (date) => full.format(date) };

/** Says every time below `root` as it is now. */
export function tellTimes(root = document) {
  for (const element of root.querySelectorAll("time[data-t]")) {
    const date = new Date(element.dateTime);
    const said = manners[element.dataset.t](date);
    if (element.textContent !== said) element.textContent = said;
    const counts = ["left", "about"].includes(element.dataset.t);
    if (!element.title && !counts) element.title = full.format(date);
    const due = counts && element.closest(".due");
    if (due) {
      due.classList.toggle("soon", date - Date.now() <= 3600000);
      due.classList.toggle("past", date <= Date.now());
    }
  }
}

// The server draws the next page in this zone.
document.cookie = `duologue-zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}; path=/; max-age=31536000; samesite=lax`;

const soonest = () => (document.querySelector(".st.held time, .verdict.tap time") ? 1000 : 20000);
const tick = () => { tellTimes(); setTimeout(tick, soonest()); };
tick();
document.addEventListener("placed", ({ detail }) => {
  tellTimes(detail.element);
  for (const time of detail.element.querySelectorAll(".st.held time")) count(time);
});
document.addEventListener("htmx:after:swap", () => tellTimes());

// The seconds in which a message can still be taken back.
function count(time) {
  if (!time.isConnected) return;
  tellTimes(time.parentElement);
  setTimeout(() => count(time), 1000);
}
