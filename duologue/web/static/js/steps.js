// In the conversation by keyboard: arrows go from message to message; what can be done with one is the next Tab.
const STEPS = { ArrowUp: -1, ArrowDown: 1 };
const ENDS = { Home: 0, End: -1 };

document.addEventListener("keydown", (event) => {
  const box = event.target.closest(".bubbles");
  const here = event.target.closest(".msg, .sys");
  if (!box || (event.target !== box && event.target !== here)) return;
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  const all = [...box.querySelectorAll(":scope > :is(.msg, .sys)")];
  const next = event.key in ENDS ? all.at(ENDS[event.key]) : event.key in STEPS ? all[here ? all.indexOf(here) + STEPS[event.key] : all.length - 1] : null;
  if (!next) return;
  event.preventDefault();
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
});
