/* The questions before the first message: asked once, kept as they are typed, never of what the website has told. */
import { button, make, said } from "./draw.js";

const HOW = {
  name: { autocomplete: "name", maxLength: 200 },
  email: { autocomplete: "email", type: "email", inputMode: "email", maxLength: 254 },
  phone: { autocomplete: "tel", type: "tel", inputMode: "tel", maxLength: 40 },
  question: { autocomplete: "off", maxLength: 1000 },
};

/** `act.answer` takes what was typed and gives back words by field where something is wrong with it. */
export function ask({ words, questions, privacy }, store, act) {
  const form = document.getElementById("ask");
  const fields = new Map();

  function field({ name, own, required }) {
    const input = Object.assign(make("input"), { id: `ask-${name}`, name, ...HOW[name], value: store.get("answers")?.[name] ?? "" });
    const label = make("label", "", required ? own || words[name] : said(words.optional, { label: own || words[name] }));
    const wrong = Object.assign(make("p", "bad"), { id: `wrong-${name}`, hidden: true });
    label.htmlFor = input.id;
    if (own) label.dir = "auto";
    input.required = required;
    input.dir = "auto";
    input.setAttribute("aria-describedby", wrong.id);
    fields.set(name, { input, wrong });
    return make("div", "", "", label, input, wrong);
  }

  function small() {
    const line = make("p", "", privacy.text && `${privacy.text} `);
    if (privacy.link) line.append(Object.assign(make("a", "", words.privacy), { href: privacy.link, target: "_blank", rel: "noopener noreferrer" }));
    return line;
  }

  const typed = () => Object.fromEntries([...fields].map(([name, { input }]) => [name, input.value]));

  function complain(wrong) {
    for (const [name, one] of fields) {
      one.wrong.textContent = wrong[name] ?? "";
      one.wrong.hidden = !wrong[name];
      one.input.setAttribute("aria-invalid", Boolean(wrong[name]));
    }
    [...fields.values()].find(({ wrong }) => !wrong.hidden)?.input.focus();
  }

  form.addEventListener("input", () => store.set("answers", { ...store.get("answers"), ...typed() }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const [begin, trouble] = [form.querySelector("button"), form.querySelector("[role=alert]")];
    begin.disabled = true;
    trouble.textContent = "";
    try {
      complain((await act.answer(typed())) ?? {});
    } catch (error) {
      trouble.textContent = error.message || words.no_answer;
    }
    begin.disabled = false;
  });

  return {
    /** Shows these questions, by name; none: the form goes. True where something is asked. */
    put(names) {
      const asked = questions.filter(({ name }) => names.includes(name));
      form.hidden = !asked.length;
      if (asked.length && asked.every(({ name }) => fields.has(name)) && asked.length === fields.size) return true;
      fields.clear();
      const begin = Object.assign(button("", words.begin, () => {}), { type: "submit" });
      const trouble = make("p", "bad");
      trouble.setAttribute("role", "alert");
      form.replaceChildren(...(asked.length ? [...asked.map(field), small(), trouble, begin] : []));
      return asked.length > 0;
    },
    focus: () => form.querySelector("input")?.focus(),
  };
}
