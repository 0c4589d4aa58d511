// The templates to choose from, where nothing else may leave.
const SHELF = ".shelf:not(.give)";

/** Only what was approved beforehand may leave: that is what there is to choose from. */
export function shelf(form) {
  const menu = form?.querySelector(SHELF);
  if (!menu) return;
  menu.open = true;
  menu.querySelector(".template summary, summary").focus();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-shelf]")) shelf(document.querySelector("form[data-composer]"));
});

document.addEventListener("htmx:after:swap", () => {
  const menu = document.activeElement.closest(SHELF + "[open]");
  if (menu && document.activeElement === menu.querySelector("summary")) menu.querySelector(".template summary")?.focus();
});
