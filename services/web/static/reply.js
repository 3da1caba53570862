// The conversation on the right of the queue: the draft with its script, blanks and flags, who has it, and what is done.

const desk = globalThis.desk;
const lintAfterMs = 250;
const keepEveryMs = 60_000; // a claim that is worked on says so this often; it is taken back after ten idle minutes
const blankPattern = /\{(\w+)\}/g;
const byId = (id) => document.getElementById(id);
const draft = () => byId("draft");

let claimedAtMs = 0;
let claimedFor = "";
let copiedText = null; // what was copied last: the second Ctrl+Enter says that it is out
let blocked = null; // the text whose forbidden words were told

// Doing something, without leaving the page

async function send(form, fields) {
  const answer = await desk.fetched(form.action, { method: "POST", body: new URLSearchParams(fields) });
  if (!answer) return null;
  if (!answer.ok) return desk.say([...answer.page.querySelectorAll(".door h1, .door .what")].map((one) => one.textContent.trim()).join(" · "));
  for (const sheet of document.querySelectorAll("#conversation .ask[open]")) sheet.open = false;
  history.replaceState(null, "", withoutSaid(answer.url));
  desk.say(answer.page.querySelector(".said")?.textContent ?? "");
  desk.show(answer.page);
  return answer;
}

function withoutSaid(url) {
  const address = new URL(url);
  address.searchParams.delete("said");
  return address;
}

// A claim is quiet: nothing of the page moves but the line that says who has it.
function claim() {
  const button = byId("claim");
  const of = byId("conversation").dataset.open;
  if (!button || (claimedFor === of && Date.now() - claimedAtMs < keepEveryMs)) return;
  [claimedFor, claimedAtMs] = [of, Date.now()];
  const fields = new FormData(button.form);
  fields.set("op", "claim");
  desk.fetched(button.form.action, { method: "POST", body: new URLSearchParams(fields) }).then((answer) => {
    if (answer && !answer.ok) desk.changed(); // somebody was faster; the page says who
  });
}

// The draft

function showFlags(text, flags = [], promises = false) {
  const sign = byId("draft-flags");
  if (!sign) return;
  const form = byId("conv-draft");
  const blanks = [...new Set([...text.matchAll(blankPattern)].map((found) => found[1]))];
  const told = flags.map((flag) =>
    form.dataset.flag.replace("{words}", flag.words).replace("{suggestion}", flag.suggestion).replace("{source}", flag.source),
  );
  if (blanks.length) told.unshift(sign.dataset.blanks.replace("{blanks}", blanks.join(", ")));
  if (byId("script")?.selectedOptions[0]?.hasAttribute("data-escalates")) told.push(sign.dataset.escalates);
  if (promises) told.push(sign.dataset.promises);
  if (blocked === text) told.unshift(form.dataset.blocked);
  sign.textContent = told.join(" · ");
}

let linting = 0;
let flagged = { text: null, flags: [], promises: false };

async function lint(text) {
  if (flagged.text === text) return flagged;
  const form = byId("conv-draft");
  const fields = new URLSearchParams({ text, platform: form.dataset.platform, token: form.elements.token.value });
  const answer = await fetch("/api/lint", { method: "POST", body: fields, credentials: "same-origin" }).catch(() => null);
  if (!answer?.ok) return { text: null, flags: [], promises: false };
  flagged = { text, ...(await answer.json()) };
  return flagged;
}

function wrote() {
  const text = draft().value;
  if (flagged.text === text) showFlags(text, flagged.flags, flagged.promises);
  else showFlags(text);
  clearTimeout(linting);
  linting = setTimeout(async () => {
    if (draft()?.value !== text) return; // another conversation has taken its place
    const { flags, promises } = await lint(text);
    if (draft()?.value === text) showFlags(text, flags, promises);
  }, lintAfterMs);
}

function toBlank() {
  const area = draft();
  const from = area.value.slice(area.selectionEnd).search(/\{\w+\}/);
  const at = from < 0 ? area.value.search(/\{\w+\}/) : from + area.selectionEnd;
  if (at < 0) return false;
  area.focus();
  area.setSelectionRange(at, at + area.value.slice(at).match(/^\{\w+\}/)[0].length);
  return true;
}

async function copy() {
  const [button, text] = [byId("copy"), draft().value.trim()];
  if (!text) return draft().focus();
  if (toBlank()) return showFlags(draft().value);
  const { flags, promises } = await lint(draft().value);
  if (flags.some((flag) => flag.severity === "block") && blocked !== draft().value) {
    blocked = draft().value;
    return showFlags(blocked, flags, promises);
  }
  claim();
  await desk.copyText(text);
  copiedText = draft().value;
  showCopied();
  if (button.dataset.open) window.open(button.dataset.open, "_blank", "noopener,noreferrer");
}

// What was copied is to be sent and confirmed next; a page that is renewed meanwhile knows nothing of it.
function showCopied() {
  const button = byId("copy");
  if (!button || copiedText !== draft()?.value) return;
  button.textContent = button.dataset.done;
  byId("replied")?.classList.add("main");
  for (const other of [button, byId("send")]) other?.classList.remove("main");
}

function press(id) {
  const sheet = byId(id);
  if (!sheet) return;
  sheet.open = true;
  sheet.querySelector(".doing button, button")?.focus();
}

const keys = {
  c: () => byId("claim")?.click(),
  r: () => draft() && !byId("ask-take-over") && (draft().focus(), toBlank(), claim()),
  s: () => press("ask-snooze"),
  x: () => press("ask-no-reply"),
};

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.target === draft()) return inDraft(event);
  if (event.metaKey || event.ctrlKey || event.altKey || event.target.closest("input, textarea, select") || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

function inDraft(event) {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    if (copiedText === draft().value) byId("replied")?.click();
    else if (byId("send")) byId("send").click();
    else copy();
  } else if (event.key === "Tab" && !event.shiftKey && /\{\w+\}/.test(draft().value)) {
    event.preventDefault();
    toBlank();
  } else if (event.key === "Escape") {
    draft().blur();
  }
}

document.addEventListener("click", (event) => {
  if (event.target.closest("#copy")) copy();
});
document.addEventListener("input", (event) => {
  if (event.target !== draft()) return;
  claim();
  wrote();
});
document.addEventListener("change", (event) => {
  if (event.target.id !== "script") return;
  draft().value = event.target.selectedOptions[0].dataset.text;
  wrote();
});
document.addEventListener("submit", async (event) => {
  const form = event.target.closest("#conversation [data-quick]");
  if (!form) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (form.id === "conv-draft" && (!draft().value.trim() || toBlank())) return showFlags(draft().value);
  const fields = new FormData(form, event.submitter);
  const buttons = [...form.querySelectorAll("button"), ...(event.submitter ? [event.submitter] : [])];
  buttons.forEach((button) => (button.disabled = true));
  const done = await send(form, fields);
  if (!done) buttons.forEach((button) => (button.disabled = false));
  if (form.id === "conv-draft" && done) [copiedText, claimedFor] = [null, ""];
}, { capture: true });
document.addEventListener("desk:renewed", showCopied);
document.addEventListener("desk:opened", () => {
  [copiedText, blocked, claimedFor] = [null, null, ""];
  if (draft()) wrote();
});
if (draft()) wrote();
