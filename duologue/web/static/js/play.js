// The playground: a phone shows its newest message, and its field is empty once the message is said.
const down = (screen) => { screen.scrollTop = screen.scrollHeight; };

document.addEventListener("acted", ({ detail: { act, form } }) => {
  if (act === "say") form.reset();
});
document.addEventListener("placed", ({ detail }) => {
  for (const screen of detail.element.matches(".screen") ? [detail.element] : detail.element.querySelectorAll("div.screen")) down(screen);
});
for (const screen of document.querySelectorAll("div.screen")) down(screen);
