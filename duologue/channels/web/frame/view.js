/* The conversation on screen: one element a message, found again by the id its writer gave it. */
import { button, icon, linked, make, said, size } from "./draw.js";

const PICTURES = /^image\/(png|jpeg|gif|webp|avif)$/;
const RUN = 5 * 60_000; // words within five minutes of each other stand together
const STATES = { pending: ["clock", "sending"], sent: ["tick", "sent"], delivered: ["ticks", "delivered"], read: ["ticks", "read"] };

export function view(words, act) {
  const [scroll, log, typing, jump] = ["scroll", "log", "typing", "jump"].map((id) => document.getElementById(id));
  const all = new Map();
  const clock = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });
  let quiet;

  const atEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;
  const toEnd = () => {
    scroll.scrollTop = scroll.scrollHeight;
    jump.hidden = true;
  };

  function put(entry, isNew) {
    const before = all.get(entry.key);
    const stays = atEnd();
    const element = before?.element ?? make("article", isNew ? "m new" : "m");
    if (looks(before) !== looks(entry)) fill(element, entry);
    all.set(entry.key, { ...entry, element });
    element.classList.toggle("me", entry.mine);
    for (const state of ["pending", "read", "failed"]) element.classList.toggle(state, entry.status === state);
    element.querySelector(".st").replaceChildren(...status(entry));
    arrange();
    if (stays || (entry.mine && !before && isNew)) toEnd();
    else if (isNew && !before) jump.hidden = false;
  }

  function fill(element, entry) {
    const parts = [make("span", entry.mine ? "heard" : "by", entry.mine ? `${words.you}: ` : entry.author)];
    if (entry.text || entry.gone) {
      const bubble = make("div", entry.gone ? "b gone" : "b", "", ...linked(entry.gone ? words.gone : entry.text));
      bubble.dir = "auto";
      parts.push(bubble);
    }
    element.replaceChildren(...parts, ...entry.files.map(file), make("span", "sign", entry.sign), make("div", "st"));
  }

  function file(one) {
    const shown = button("f", "", () => download(one));
    shown.setAttribute("aria-label", said(words.download, { name: one.name }));
    if (PICTURES.test(one.mime) && one.size < 10e6) {
      void picture(shown, one);
      return shown;
    }
    shown.append(icon("file"), make("b", "", one.name), make("small", "", size(one.size)));
    return shown;
  }

  async function picture(shown, one) {
    shown.classList.add("pic");
    const image = make("img");
    image.alt = one.name;
    const settle = () => atEnd() && requestAnimationFrame(toEnd);
    shown.append(image);
    const blob = await act.file(one);
    settle();
    if (blob) image.src = URL.createObjectURL(new Blob([blob], { type: one.mime }));
    image.addEventListener("load", () => {
      URL.revokeObjectURL(image.src);
      if (scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60 + image.offsetHeight) toEnd();
    });
  }

  /** Always a download: opened in place, a stranger's document would act in our name. */
  async function download(one) {
    const blob = await act.file(one);
    if (!blob) return;
    const link = make("a");
    link.href = URL.createObjectURL(new Blob([blob], { type: "application/octet-stream" }));
    link.download = one.name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  function status(entry) {
    const time = (entry.edited ? `${words.edited} · ` : "") + clock.format(entry.at);
    if (!entry.mine) return [make("span", "", time)];
    if (entry.status === "failed") {
      const again = button("", words.again, () => act.again(entry.key));
      const discard = button("", words.discard, () => act.discard(entry.key));
      return [icon("alert"), make("span", "", `${words.failed}. ${entry.why ?? ""}`), make("span", "", "", ...(entry.lost ? [] : [again]), discard)];
    }
    const [sign, word] = STATES[entry.status] ?? STATES.sent;
    return [icon(sign), make("span", "", entry.status === "pending" ? words[word] : `${words[word]} ${time}`)];
  }

  /** Puts everything in order and touches only what stands elsewhere, so that a screen reader hears only what is new. */
  function arrange() {
    const sorted = [...all.values()].sort((a, b) => a.seq - b.seq || a.at - b.at);
    const nodes = [];
    sorted.forEach((entry, index) => {
      const [before, after] = [sorted[index - 1], sorted[index + 1]];
      if (!before || day(before.at) !== day(entry.at)) nodes.push(mark(entry.at));
      entry.element.classList.toggle("first", !together(before, entry));
      entry.element.classList.toggle("last", !together(entry, after));
      nodes.push(entry.element);
    });
    let place = log.firstChild;
    for (const node of nodes) {
      if (node === place) place = place.nextSibling;
      else log.insertBefore(node, place);
    }
    while (place) {
      const next = place.nextSibling;
      place.remove();
      place = next;
    }
  }

  function mark(at) {
    const id = `day-${day(at)}`;
    return document.getElementById(id) ?? Object.assign(make("div", "day", dayWords(at, words)), { id });
  }

  scroll.addEventListener("scroll", () => atEnd() && (jump.hidden = true), { passive: true });
  jump.addEventListener("click", toEnd);

  return {
    put,
    toEnd,
    has: (key) => all.has(key),
    get: (key) => all.get(key),
    entries: () => [...all.values()],
    remove(key) {
      all.get(key)?.element.remove();
      all.delete(key);
      arrange();
    },
    clear() {
      all.clear();
      typing.replaceChildren();
      arrange();
    },
    types(author) {
      clearTimeout(quiet);
      const isShown = typing.childElementCount > 0;
      if (author === null) return typing.replaceChildren();
      if (!isShown) {
        const stays = atEnd();
        typing.replaceChildren(make("i"), make("i"), make("i"), make("span", "", said(words.typing, { name: author || words.someone })));
        if (stays) toEnd();
      }
      quiet = setTimeout(() => typing.replaceChildren(), 6000);
    },
  };
}

const looks = (entry) => entry && [entry.text, entry.gone || "", entry.sign, entry.files.length].join();

const day = (at) => `${at.getFullYear()}-${at.getMonth() + 1}-${at.getDate()}`;

const together = (a, b) => a && b && a.mine === b.mine && a.author === b.author && day(a.at) === day(b.at) && Math.abs(b.at - a.at) < RUN;

function dayWords(at, words) {
  const before = new Date();
  before.setDate(before.getDate() - 1);
  if (day(at) === day(new Date())) return words.today;
  if (day(at) === day(before)) return words.yesterday;
  const year = at.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year }).format(at);
}
