/* How things are drawn: elements, icons, and a stranger's text with its links. Nothing here ever parses markup. */
const ICONS = {
  close: "M6 6l12 12M18 6 6 18",
  attach: "m20 11-8.5 8.5a5 5 0 0 1-7-7L13 4a3.4 3.4 0 0 1 5 5l-8.5 8.5a1.7 1.7 0 0 1-2.5-2.5L14.5 7.5",
  send: "M12 19V5M6 11l6-6 6 6",
  clock: "M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 8v4l2.5 1.5",
  tick: "m5 12.5 4.5 5L19 7.5",
  ticks: "m2 12.5 4.5 5L14 7.5M11.5 17.5 21 7.5",
  alert: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 8v5M12 16.3v.1",
  file: "M14 3H6.5A1.5 1.5 0 0 0 5 4.5v15A1.5 1.5 0 0 0 6.5 21h11a1.5 1.5 0 0 0 1.5-1.5V8zM14 3v5h5",
};

/** An element with a class, text and children. */
export function make(name, kind = "", text = "", ...inside) {
  const made = document.createElement(name);
  if (kind) made.className = kind;
  if (text) made.textContent = text;
  made.append(...inside);
  return made;
}

export function button(kind, text, act, ...inside) {
  const made = make("button", kind, text, ...inside);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

export function icon(name) {
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(space, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// Ends at whatever cannot be seen or turns the reading direction, so that a link goes where it says.
const LINK = /\bhttps?:\/\/[^\s<>"'`\p{Cc}\p{Cf}]+/giu;

/** The text as nodes; http and https addresses become links that tell their target nothing. */
export function linked(text) {
  const nodes = [];
  let from = 0;
  for (const found of text.matchAll(LINK)) {
    const said = trimmed(found[0]);
    const url = safe(said);
    if (!url) continue;
    const link = make("a", "", said);
    link.href = url.href;
    link.target = "_blank";
    link.rel = "noopener noreferrer nofollow ugc";
    nodes.push(text.slice(from, found.index), link);
    from = found.index + said.length;
  }
  nodes.push(text.slice(from));
  return nodes.filter(Boolean);
}

const trimmed = (link) => link.replace(link.includes("(") ? /[.,:;!?\]}]+$/ : /[.,:;!?)\]}]+$/, "");

/** Null for what is no address, and for one that hides its host behind a name: https://bank.example@elsewhere. */
function safe(said) {
  const url = URL.parse ? URL.parse(said) : URL.canParse?.(said) ? new URL(said) : null;
  return url && /^https?:$/.test(url.protocol) && !url.username && !url.password ? url : null;
}

export function size(bytes) {
  const units = ["B", "KB", "MB"];
  let step = 0;
  for (; bytes >= 1000 && step < 2; step += 1) bytes /= 1000;
  return `${bytes < 10 && step ? bytes.toFixed(1) : Math.round(bytes)} ${units[step]}`;
}

export const said = (words, values) => words.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? values[name] : whole));
