/* The one script of a host page: a round button, and the chat's frame once it is opened. It stores nothing and calls
   nobody before that. Styles go through CSSOM, so a page's strict policy needs only script-src and frame-src for us. */
(() => {
  const tag = document.currentScript;
  const early = window.Duologue;
  if (!tag?.dataset.channel || (early && !Array.isArray(early))) return;
  const address = new URL(`${encodeURIComponent(tag.dataset.channel)}/frame`, tag.src);
  const { color, label = "Chat", position, theme } = tag.dataset;
  let frame, identity, isOpen = false, isLoaded = false, hasLeft = false;

  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    :host { all: initial; --brand: #00727c; position: fixed; z-index: 2147483000; bottom: 20px; inset-inline-end: 20px }
    :host(.left) { inset-inline: 20px auto }
    * { box-sizing: border-box }
    button { --fill: oklch(from var(--brand) min(l, .52) min(c, .19) h); appearance: none; width: 56px; height: 56px;
      border: 0; border-radius: 50%; padding: 0; display: grid; place-items: center; position: relative; cursor: pointer;
      color: #fff; background: var(--fill); box-shadow: 0 1px 2px rgb(0 0 0 / .16), 0 6px 20px rgb(0 0 0 / .14) }
    button:hover { background: oklch(from var(--fill) calc(l - .04) c h) }
    button:focus-visible { outline: 2px solid #fff; box-shadow: 0 0 0 4px var(--fill) }
    svg { width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round }
    :host(.open) .say, :host(:not(.open)) .fold { display: none }
    .pip { position: absolute; top: -3px; inset-inline-end: -3px; min-width: 20px; height: 20px; padding: 0 5px; border-radius: 10px;
      background: #c0262d; color: #fff; font: 650 11.5px/20px system-ui, sans-serif; text-align: center; box-shadow: 0 0 0 2px #fff }
    .pip:empty { display: none }
    iframe { position: absolute; bottom: 72px; inset-inline-end: 0; width: 392px; height: min(660px, calc(100dvh - 112px));
      border: 0; border-radius: 16px; background: Canvas; color-scheme: light dark;
      box-shadow: 0 0 0 1px rgb(0 0 0 / .09), 0 2px 4px rgb(0 0 0 / .05), 0 16px 48px rgb(0 0 0 / .16) }
    :host(.left) iframe { inset-inline: 0 auto }
    iframe[hidden] { display: none }
    @media (max-width: 480px) {
      iframe { position: fixed; inset: 0 !important; width: 100%; height: 100dvh; border-radius: 0 }
      :host(.open) button { display: none }
    }
    @media (prefers-reduced-motion: no-preference) {
      button { transition: background .12s, scale .12s } button:active { scale: .95 }
      iframe { animation: come .18s ease-out } @keyframes come { from { opacity: 0; translate: 0 10px } }
    }`);

  const make = (name, is, inside) => {
    const svg = /^(svg|path)$/.test(name);
    const made = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(is)) made.setAttribute(key, value);
    inside?.append(made);
    return made;
  };
  const host = make("div", { id: "duologue-chat" });
  const root = host.attachShadow({ mode: "open" });
  root.adoptedStyleSheets = [sheet];
  if (/^#[0-9a-f]{6}$/i.test(color)) host.style.setProperty("--brand", color);
  host.classList.toggle("left", position === "left");
  const button = make("button", { type: "button", "aria-label": label, "aria-expanded": "false" }, root);
  const icons = { say: "M20.5 11.5a8 8 0 0 1-11.6 7.1L4 20l1.5-4.6A8 8 0 1 1 20.5 11.5z M8.8 11.7h.01M12.5 11.7h.01M16.2 11.7h.01", fold: "m6 9.5 6 6 6-6" };
  for (const [name, d] of Object.entries(icons)) {
    make("path", { d }, make("svg", { class: name, viewBox: "0 0 24 24", "aria-hidden": "true" }, button));
  }
  const pip = make("span", { class: "pip", "aria-hidden": "true" }, button);

  const tell = (kind, more = {}) => isLoaded && frame.contentWindow.postMessage({ duologue: 1, kind, ...more }, address.origin);
  const build = () => {
    frame = make("iframe", { title: label, src: address.href, allow: "", hidden: "" });
    frame.addEventListener("load", () => {
      isLoaded = true;
      tell("hello", { identity, theme, fresh: hasLeft, shown: isOpen, page: location.origin + location.pathname });
      hasLeft = false;
    });
    root.prepend(frame);
  };
  const unread = (count) => {
    pip.textContent = isOpen || !count ? "" : count > 9 ? "9+" : String(count);
    button.setAttribute("aria-label", pip.textContent ? `${label} (${pip.textContent})` : label);
  };
  const show = (open) => {
    if (open === isOpen) return;
    isOpen = open;
    if (!frame) build();
    frame.hidden = !open;
    host.classList.toggle("open", open);
    button.setAttribute("aria-expanded", String(open));
    unread(0);
    tell(open ? "shown" : "hidden");
    (open ? frame : button).focus();
  };
  button.addEventListener("click", () => show(!isOpen));
  button.addEventListener("keydown", (event) => event.key === "Escape" && show(false));
  addEventListener("message", ({ origin, source, data }) => {
    if (!frame || source !== frame.contentWindow || origin !== address.origin || data?.duologue !== 1) return;
    if (data.kind === "close") show(false);
    if (data.kind === "unread") unread(Number(data.count) || 0);
  });

  window.Duologue = Object.freeze({
    open: () => show(true),
    close: () => show(false),
    identify(who) {
      identity = { ...who };
      tell("identify", { identity });
    },
    logout() {
      identity = undefined;
      hasLeft = !isLoaded;
      tell("logout");
    },
  });
  for (const [verb, ...rest] of early ?? []) window.Duologue[verb]?.(...rest);
  const stand = () => document.body.append(host);
  if (document.body) stand();
  else addEventListener("DOMContentLoaded", stand, { once: true });
})();
