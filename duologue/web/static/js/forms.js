// Settings and signing in: the theme is shown as it is chosen, a made key is copied, a double click sends once.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-theme-choice]")) return;
  const theme = event.target.value;
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const field = document.getElementById(button.dataset.copy);
  if (field.select) field.select(); else getSelection().selectAllChildren(field);
  if (navigator.clipboard) await navigator.clipboard.writeText(field.value ?? field.textContent);
  else if (!document.execCommand("copy")) return; // without https there is no clipboard: it is selected, at least
  const words = button.querySelector("span");
  if (words) words.textContent = button.dataset.done;
});

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-act], [data-composer], [method=dialog]")) return;
  if (form.dataset.confirm && !window.confirm(form.dataset.confirm)) return event.preventDefault();
  if (form.hasAttribute("data-sent")) return event.preventDefault();
  form.setAttribute("data-sent", "");
});
addEventListener("pageshow", () => { for (const form of document.querySelectorAll("form[data-sent]")) form.removeAttribute("data-sent"); });

// A choice that acts by itself, where scripts run.
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-send-on-change]")) event.target.form.requestSubmit();
});

// Fields that matter for one choice only; without scripts all of them are there.
function fit(form) {
  for (const field of form.querySelectorAll("[data-only]")) {
    const choice = form.elements[field.dataset.only];
    if (choice) field.hidden = !field.dataset.onlyValues.split(" ").includes(choice.value);
  }
}
document.addEventListener("change", (event) => {
  if (event.target.matches("select") && event.target.form) fit(event.target.form);
});
for (const form of document.querySelectorAll("form")) fit(form);

// Where the reader's clock stands, so that the first page already has the right times.
for (const field of document.querySelectorAll("input[data-zone]")) field.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
