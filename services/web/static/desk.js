// Counts down by the server's clock and follows the one stream of changes. Pages work without it.

const beatLostMs = 12_000; // the server sends a beat every 5 s
const body = document.body;
let clockOffsetMs = Number(body.dataset.now) - Date.now();
let heardAtMs = Date.now();

const serverNow = () => Date.now() + clockOffsetMs;
const two = (number) => String(number).padStart(2, "0");

function countdown(ms) {
  const whole = Math.abs(Math.trunc(ms / 1000));
  if (whole >= 172_800) return `${Math.floor(whole / 86_400)}d ${two(Math.floor((whole % 86_400) / 3600))}h`;
  const [hours, minutes, seconds] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60), whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}

function urgency(leftMs, lengthMs) {
  if (leftMs < 0) return "over";
  const used = 1 - leftMs / lengthMs;
  return used >= 0.8 ? "near" : used >= 0.5 ? "half" : "calm";
}

function tickOne(element, now) {
  const leftMs = Number(element.dataset.due) - now;
  const figure = element.querySelector("b");
  const text = countdown(leftMs);
  if (figure.textContent !== text) figure.textContent = text;
  const word = element.querySelector("small");
  if (word) word.textContent = leftMs < 0 ? element.dataset.over : element.dataset.left;
  if (element.classList.contains("count")) element.classList.toggle("over", leftMs < 0);
  const row = element.closest(".wait");
  if (!row) return;
  const lengthMs = Math.max(1000, Number(element.dataset.due) - Number(element.dataset.start));
  const level = urgency(leftMs, lengthMs);
  if (!row.classList.contains(level)) {
    row.classList.remove("over", "near", "half", "calm");
    row.classList.add(level);
  }
  element.querySelector(".rest")?.setAttribute("width", String(Math.max(0, Math.min(100, (100 * leftMs) / lengthMs))));
}

function tick() {
  const now = serverNow();
  for (const element of document.querySelectorAll("[data-due]")) tickOne(element, now);
  if (document.getElementById("cut-off") && Date.now() - heardAtMs > beatLostMs) lost();
}

// The stream of changes

function lost() {
  const sign = document.getElementById("cut-off");
  if (!sign || !sign.hidden) return;
  const at = new Date(heardAtMs);
  sign.textContent = sign.dataset.text.replace("{time}", `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`);
  sign.hidden = false;
}

function heard() {
  heardAtMs = Date.now();
  const sign = document.getElementById("cut-off");
  if (!sign || sign.hidden) return;
  sign.hidden = true;
  refresh(["queue", "incidents", "mentions"]); // whatever was missed meanwhile
}

function listen() {
  const stream = new EventSource("/live");
  stream.addEventListener("change", (message) => {
    const change = JSON.parse(message.data);
    clockOffsetMs = change.now_ms - Date.now();
    heard();
    if (change.views.length) refresh(change.views);
  });
  stream.addEventListener("error", () => {
    lost();
    if (stream.readyState === EventSource.CLOSED) setTimeout(listen, 2000);
  });
}

let refreshing = false;
const waiting = new Set();

async function refresh(views) {
  // A page may follow changes in its own way.
  if (!document.dispatchEvent(new CustomEvent("desk:changed", { detail: views, cancelable: true }))) return;
  views.forEach((view) => waiting.add(view));
  if (refreshing) return;
  refreshing = true;
  try {
    while (waiting.size) {
      const names = [...waiting];
      waiting.clear();
      if (document.querySelector(names.map((name) => `[data-live~="${name}"]`).join(","))) await swap(location.href, names);
    }
  } finally {
    refreshing = false;
  }
}

// A page as it stands now, and the query of the address that it was asked from; nothing while the line is cut.
async function fetched(address, options = {}) {
  const of = location.search;
  let answer;
  try {
    answer = await fetch(address, { credentials: "same-origin", ...options });
  } catch {
    return void lost();
  }
  if (answer.redirected && new URL(answer.url).pathname.startsWith("/signin")) return void location.reload();
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return answer.ok || options.method ? { page, of, url: answer.url, ok: answer.ok } : undefined;
}

async function swap(address, names) {
  const answer = await fetched(address);
  if (!answer) return;
  const fresh = answer.page;
  const chosen = names ? names.map((name) => `[data-live~="${name}"]`).join(",") : "[data-live]";
  for (const part of document.querySelectorAll(chosen)) {
    const successor = part.id && fresh.getElementById(part.id);
    if (successor) replace(part, successor);
  }
  document.title = fresh.title;
  body.className = `${fresh.body.className} scripted`;
  tick();
}

function replace(part, successor) {
  keepWhatPeopleTouched(part, successor);
  if (part.innerHTML === successor.innerHTML) return;
  const known = new Set([...part.querySelectorAll("[data-row]")].map((row) => row.dataset.row));
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  const row = focused?.dataset.row;
  const scrolled = part.scrollTop;
  part.replaceChildren(...successor.childNodes);
  part.scrollTop = scrolled;
  if (known.size) {
    for (const arrived of part.querySelectorAll("[data-row]")) {
      if (!known.has(arrived.dataset.row)) arrived.classList.add("arrived");
    }
  }
  if (focused && part.contains(focused)) focused.focus({ preventScroll: true });
  else if (row) part.querySelector(`[data-row="${CSS.escape(row)}"]`)?.focus({ preventScroll: true });
}

// A sheet that is open, what is unfolded, words that somebody is writing and what a button just said outlive a change of the
// page around them.
function keepWhatPeopleTouched(part, successor) {
  for (const sheet of part.querySelectorAll("[data-keep][open]")) {
    const next = sheet.id && successor.querySelector(`#${CSS.escape(sheet.id)}`);
    if (next) next.replaceWith(sheet);
  }
  for (const fold of part.querySelectorAll("[data-fold]")) {
    const next = fold.id && successor.querySelector(`#${CSS.escape(fold.id)}`);
    if (next) next.open = fold.open;
  }
  for (const held of part.querySelectorAll("[data-hold][data-touched], [data-says]")) {
    const next = held.id && successor.querySelector(`#${CSS.escape(held.id)}`);
    if (next) next.replaceWith(held);
  }
}

// Keys

function onKey(event) {
  if (event.metaKey || event.ctrlKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  if (event.key === "Escape") for (const open of document.querySelectorAll(".ask[open], .menu[open], .pick[open]")) open.open = false;
}

// Copying

// A statement as people read it: its text, with what was chosen or typed into its blanks.
function wordsOf(statement) {
  return [...statement.childNodes].map((node) => node.value ?? node.textContent).join("").trim();
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const area = Object.assign(document.createElement("textarea"), { value: text });
    body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

async function copy(button) {
  const source = document.querySelector(button.dataset.copy);
  const open = source.value === undefined ? [...source.querySelectorAll(".blank")].find((blank) => !blank.value || !blank.checkValidity()) : null;
  if (open) {
    open.focus();
    open.reportValidity();
    return;
  }
  await copyText(source.value ?? wordsOf(source));
  const before = button.textContent;
  button.textContent = button.dataset.done;
  button.dataset.says = "";
  setTimeout(() => {
    button.textContent = before;
    delete button.dataset.says;
  }, 1500);
  if (button.dataset.open) window.open(button.dataset.open, "_blank", "noopener,noreferrer");
}

const saidMs = 8_000;
let saidFor = 0;

// What was just done, said where it is said after a whole page as well.
function say(words) {
  let sign = document.querySelector(".said");
  if (!sign) {
    sign = Object.assign(document.createElement("p"), { className: "said" });
    sign.setAttribute("role", "status");
    document.getElementById("main").before(sign);
  }
  sign.textContent = words;
  sign.hidden = !words;
  clearTimeout(saidFor);
  saidFor = setTimeout(() => (sign.hidden = true), saidMs);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) return void copy(button);
  // A menu closes when somebody presses elsewhere.
  for (const open of document.querySelectorAll(".menu[open], .pick[open]")) if (!open.contains(event.target)) open.open = false;
});
document.addEventListener("input", (event) => {
  event.target.closest("[data-hold]")?.setAttribute("data-touched", "");
  if (event.target.matches(".blank")) event.target.classList.toggle("filled", event.target.value !== "" && event.target.checkValidity());
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-submit]")) event.target.form.submit();
});
// Pressing twice asks once: the form carries the id of its command, and the button says that it was pressed.
document.addEventListener("submit", (event) => setTimeout(() => event.target.querySelectorAll("button").forEach((button) => (button.disabled = true))));
document.addEventListener("keydown", onKey);

body.classList.add("scripted");
// What was just done is said once; it must not come back with every change of the page.
if (new URLSearchParams(location.search).has("said")) {
  const address = new URL(location.href);
  address.searchParams.delete("said");
  history.replaceState(null, "", address);
}
globalThis.desk = { copyText, fetched, replace, say, tick };
tick();
setInterval(tick, 1000);
if (document.querySelector("[data-live]")) listen();
addEventListener("offline", lost);
const every = document.querySelector("[data-every]");
if (every) setInterval(() => refresh(["queue"]), Number(every.dataset.every) * 1000);
