// The one place where text becomes mark-up. Only our own server's answers come here: templates escape everything in them.
import htmx from "../vendor/htmx/htmx.min.js";

const policy = window.trustedTypes?.createPolicy("duologue", { createHTML: (html) => html }) ?? { createHTML: (html) => html };

const refuse = () => { throw new Error("mark-up carries no script here"); };

// As a module of the same graph: htmx begins after all of it has run, so it never swaps without this.
htmx.registerExtension("duologue", { init: (api) => api.initSecurity(policy, refuse, refuse) });

/** The elements in a piece of our server's HTML. */
export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return [...template.content.children];
}

/** A copy of what is inside a <template>. */
export function copy(template) {
  return template.content.firstElementChild.cloneNode(true);
}

/** A fresh id; randomUUID is missing where the page is served without TLS. */
export function uuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, "$1-$2-$3-$4-$5");
}
