// While a statement is written: what would be objected to, from the same rules that hold when it is handed in.

const lintAfterMs = 300;
let linting = 0;

function show(sign, flags) {
  const list = document.createElement("ol");
  list.className = "flag-list";
  for (const flag of flags) {
    const [line, words, source] = ["li", "b", "span"].map((name) => document.createElement(name));
    line.className = flag.severity;
    words.textContent = flag.words;
    source.className = "meta";
    source.textContent = flag.source;
    line.append(words, ` ${flag.suggestion} `, source);
    list.append(line);
  }
  sign.replaceChildren(...(flags.length ? [list] : []));
}

async function lint(area) {
  const text = area.value;
  const platform = area.dataset.platform ?? area.form.elements.platform?.value ?? "";
  const fields = new URLSearchParams({ text, platform, token: area.form.elements.token.value });
  const answer = await fetch("/api/lint", { method: "POST", body: fields, credentials: "same-origin" }).catch(() => null);
  if (answer?.ok && area.value === text) show(document.getElementById(area.dataset.lint), (await answer.json()).flags);
}

document.addEventListener("input", (event) => {
  const area = event.target.closest("[data-lint]");
  if (!area) return;
  clearTimeout(linting);
  linting = setTimeout(() => lint(area), lintAfterMs);
});
