/* The composer: words, files by button, paste or drag, and the limits before they bite. */
import { button, icon, make, said } from "./draw.js";

const MEGABYTE = 1024 * 1024;

export function compose({ words, limits }, store, act) {
  const [form, text, send, attach, files, list, hint, drop] = ["compose", "text", "send", "attach", "files", "picked", "hint", "drop"].map((id) => document.getElementById(id));
  let picked = [];
  let typedAt = 0;

  attach.append(icon("attach"));
  send.append(icon("send"));
  text.value ||= store.get("draft") ?? "";

  /** What stands in the way of sending, in words; empty where nothing does. */
  function trouble() {
    const over = letters() - limits.text;
    const large = picked.find((file) => file.size > limits.file);
    if (over > 0) return said(words.too_long, { n: over });
    if (picked.length > limits.files) return said(words.too_many, { n: limits.files });
    if (large) return said(words.too_large, { name: large.name, n: limits.file / MEGABYTE });
    const total = picked.reduce((sum, file) => sum + file.size, MEGABYTE);
    return total > limits.all ? said(words.too_large_all, { n: limits.all / MEGABYTE - 1 }) : "";
  }

  const letters = () => (text.value.length > limits.text / 2 ? [...text.value].length : text.value.length);

  function weigh() {
    const wrong = trouble();
    const left = limits.text - letters();
    hint.textContent = wrong || (left < 500 ? said(words.left, { n: left }) : "");
    hint.hidden = !hint.textContent;
    hint.classList.toggle("bad", Boolean(wrong));
    send.disabled = Boolean(wrong) || !(text.value.trim() || picked.length);
  }

  function pick(more) {
    picked = [...picked, ...more];
    list.hidden = !picked.length;
    list.replaceChildren(...picked.map((file) => {
      const away = button("", "", () => {
        picked = picked.filter((one) => one !== file);
        pick([]);
        text.focus();
      }, icon("close"));
      away.setAttribute("aria-label", `${words.remove} ${file.name}`);
      return make("li", "", "", make("span", "", file.name), away);
    }));
    weigh();
  }

  function submit() {
    weigh();
    if (send.disabled || form.inert) return;
    act.send(text.value.trim(), picked);
    clear();
    text.focus();
  }

  function clear() {
    text.value = "";
    store.drop("draft");
    typedAt = 0;
    picked = [];
    pick([]);
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    submit();
  });
  text.addEventListener("input", () => {
    weigh();
    store.set("draft", text.value);
    if (!text.value.trim() || Date.now() - typedAt < 3000) return;
    typedAt = Date.now();
    act.types();
  });
  text.addEventListener("paste", (event) => {
    const pasted = [...event.clipboardData.files];
    if (!pasted.length) return;
    event.preventDefault();
    pick(pasted);
  });
  attach.addEventListener("click", () => files.click());
  files.addEventListener("change", () => {
    pick([...files.files]);
    files.value = "";
    text.focus();
  });
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    drop.hidden = false;
  });
  addEventListener("dragleave", (event) => event.relatedTarget || (drop.hidden = true));
  addEventListener("drop", (event) => {
    drop.hidden = true;
    if (!carries(event)) return;
    event.preventDefault();
    pick([...event.dataTransfer.files]);
  });
  weigh();

  return {
    focus: () => text.focus(),
    lock: (isLocked) => (form.inert = isLocked),
    hide: (isHidden) => (form.hidden = isHidden),
    clear,
  };
}
