// A picture as large as it is: a click on its small copy opens it, arrows turn to the next one, Esc closes.
const pictures = () => [...document.querySelectorAll(".talk .bubbles a[data-view]")];
const viewer = () => document.querySelector("dialog[data-viewer]");
let at = null;

function show(link) {
  const box = viewer();
  if (!box || !link) return;
  at = link;
  const image = box.querySelector("img");
  image.alt = link.querySelector("img").alt;
  image.src = link.href;
  box.querySelector("[data-name]").textContent = link.dataset.view;
  const save = box.querySelector("[download]");
  save.href = link.href;
  save.download = link.dataset.view;
  const all = pictures();
  for (const button of box.querySelectorAll("[data-turn]")) button.disabled = button.dataset.turn !== "0" && !all[all.indexOf(link) + Number(button.dataset.turn)];
  if (!box.open) box.showModal();
}

function turn(step) {
  if (!step) return viewer().close();
  const all = pictures();
  show(all[all.indexOf(all.find((one) => one.href === at?.href)) + step]);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-view]");
  if (link && viewer() && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    show(link);
    return;
  }
  const button = event.target.closest("dialog[data-viewer] [data-turn]");
  if (button) turn(Number(button.dataset.turn));
  else if (event.target.matches("dialog[data-viewer]")) event.target.close();
});

document.addEventListener("keydown", (event) => {
  if (!viewer()?.open) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step) turn(step);
  event.stopPropagation();
}, true);
