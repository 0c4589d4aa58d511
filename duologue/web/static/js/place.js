// Puts server-made elements where they belong: in place of the one with the same id, or into `data-into` by `data-order`.
import { parse } from "./safe.js";

const me = document.documentElement.dataset.me;
const PARTS = ".row, .talk > header, .verdict, .msg, .sys, .about, #no-rows";

/** Does a row with this state and assignee belong in the list that shows `filter`? */
export function belongs(filter, { state, assignee }) {
  if (filter === "closed" || filter === "snoozed") return state === filter;
  if (state !== "open") return false;
  return filter === "open" || (filter === "mine" ? assignee === me : !assignee);
}

const brought = new WeakMap(); // element -> when the stream brought it

/** Places every element of a piece of HTML. An answer says `since` when it was asked for: what the stream has brought after that is newer, and stays. */
export function place(html, since) {
  for (const element of parse(html)) {
    const old = document.getElementById(element.id);
    if (since !== undefined && brought.get(old) >= since) continue;
    placeOne(element);
    const now = since === undefined && document.getElementById(element.id);
    if (now) brought.set(now, performance.now());
  }
}

/** Takes an element away by its id. */
export function remove(id) {
  const element = document.getElementById(id);
  if (element) leave(element);
}

/** Names and accounts stand in many places: the page is fetched anew, and whatever differs is put in its place. */
export async function again(whose) {
  if (whose.includes(me)) return location.reload();
  const begun = performance.now();
  const answer = await fetch(location.href).catch(() => null);
  if (!answer) return setTimeout(again, 2000, whose);
  if (!answer.ok || answer.redirected) return location.reload();
  for (const root of parse(await answer.text())) {
    for (const element of root.querySelectorAll(PARTS)) {
      const old = document.getElementById(element.id);
      if (!old?.isEqualNode(element) && !(brought.get(old) >= begun)) placeOne(element);
    }
  }
}

function placeOne(element) {
  const old = element.id && document.getElementById(element.id);
  const into = element.dataset.into && document.querySelector(element.dataset.into);
  if (into?.dataset.filter && !belongs(into.dataset.filter, element.dataset)) {
    if (old) leave(old);
    return;
  }
  if (old) swap(old, element);
  else if (into) {
    if (beyond(into, element)) return;
    element.classList.add("new");
    insert(into, element);
  } else return;
  document.dispatchEvent(new CustomEvent("placed", { detail: { element, fresh: !old } }));
}

function swap(old, element) {
  for (const name of ["aria-current"]) if (old.hasAttribute(name)) element.setAttribute(name, old.getAttribute(name));
  for (const name of ["cursor", "shown"]) element.classList.toggle(name, old.classList.contains(name));
  if (old.matches(".talk > header")) document.title = document.title.replace(old.querySelector("h1").textContent, () => element.querySelector("h1").textContent);
  for (const open of old.querySelectorAll("details[open]")) {
    const index = [...old.querySelectorAll("details")].indexOf(open);
    const menu = element.querySelectorAll("details")[index];
    menu?.setAttribute("open", "");
    if (open.dataset.sheet && menu?.dataset.sheet) menu.querySelector(".sheet").replaceWith(open.querySelector(".sheet"));
  }
  const held = old.contains(document.activeElement) ? document.activeElement : null;
  const frame = old.querySelector("iframe");
  if (frame && element.querySelector("iframe")?.getAttribute("src") === frame.getAttribute("src")) return rest(old, element, frame);
  old.replaceWith(element);
  if (element.dataset.order !== old.dataset.order) insert(element.parentElement, element);
  if (held) hold(held, held.id ? document.getElementById(held.id) : like(held, element));
}

const like = (held, element) => [...element.querySelectorAll(held.tagName)].find((one) => one.isEqualNode(held));

// What is being typed is not taken away by news around it.
function hold(held, again) {
  if (!again) return;
  if (held.matches("input, textarea") && again !== held) again.value = held.value;
  again.focus({ preventScroll: true });
}

// A frame loads anew when it is moved, so the bubble around it stays and only its neighbours are replaced.
function rest(old, element, frame) {
  for (const name of element.getAttributeNames()) old.setAttribute(name, element.getAttribute(name));
  const keep = [...old.children].find((child) => child.contains(frame));
  for (const child of [...old.children]) if (child !== keep) child.remove();
  let after = false;
  for (const child of [...element.children]) {
    if (child.querySelector("iframe")) after = true;
    else if (after) old.append(child);
    else keep.before(child);
  }
}

// Rows: newest first, of the same moment the greater id. Bubbles: oldest first, of the same moment as they came.
function insert(into, element) {
  const falling = element.dataset.at === "start";
  const others = [...into.children].filter((other) => other !== element && other.dataset.order);
  const next = others.find((other) => (falling ? comes(other, element) < 0 : comes(other, element) > 0));
  if (next) next.before(element);
  else if (others.length) others.at(-1).after(element);
  else if (falling) into.prepend(element);
  else into.insertBefore(element, into.querySelector(":scope > .typing"));
}

const comes = (one, other) => one.dataset.order - other.dataset.order || one.dataset.seq - other.dataset.seq || (one.id < other.id ? -1 : 1);

// Older than what has been loaded: it comes with "more".
function beyond(into, element) {
  const more = into.querySelector("#more, #earlier");
  if (!more || !element.dataset.order) return false;
  const orders = [...into.children].filter((other) => other.dataset.order).map((other) => Number(other.dataset.order));
  return orders.length > 0 && Number(element.dataset.order) < Math.min(...orders);
}

function leave(element) {
  element.classList.add("going");
  element.removeAttribute("id");
  const gone = () => {
    element.remove();
    document.dispatchEvent(new CustomEvent("left", { detail: { element } }));
  };
  if (matchMedia("(prefers-reduced-motion: reduce)").matches || !element.matches(".row")) gone();
  else setTimeout(gone, 220);
}
