// The queue in a browser: draws only the rows that are seen, follows changes, and works by keyboard.
// Without it the page is a plain list with links; desk.js counts down and tells of changes.

const desk = globalThis.desk;
const waiting = document.getElementById("waiting");
const conversation = document.getElementById("conversation");
const narrow = matchMedia("(max-width: 760px)");
const spareRows = 20; // drawn above and below what is seen
const askedRowsMost = 200;

let total = Number(waiting.dataset.total);
let start = Number(waiting.dataset.start);
let chosen = conversation.dataset.open;
let chosenAt = -1;

const list = () => waiting.querySelector("ol");
const drawn = () => [...waiting.querySelectorAll(".wait")];
const rowHeight = () => parseFloat(getComputedStyle(waiting).getPropertyValue("--row"));
// On a phone the page scrolls, at a desk the list does.
const scrolls = () => getComputedStyle(waiting).overflowY === "auto";

// Drawing

function place() {
  const ol = list();
  if (!ol) return;
  const height = rowHeight();
  ol.style.height = `${total * height}px`;
  [...ol.children].forEach((item, index) => (item.style.transform = `translateY(${(start + index) * height}px)`));
  const at = drawn().findIndex((row) => row.dataset.row === chosen);
  if (at >= 0) chosenAt = start + at;
}

function seen() {
  const height = rowHeight();
  const ol = list();
  if (!ol) return [0, 0];
  const above = scrolls() ? waiting.scrollTop : Math.max(0, -ol.getBoundingClientRect().top);
  const room = scrolls() ? waiting.clientHeight : innerHeight;
  return [Math.floor(above / height), Math.min(total, Math.ceil((above + room) / height))];
}

function stretch() {
  const [first, last] = seen();
  const from = Math.max(0, first - spareRows);
  return { from, rows: Math.min(askedRowsMost, Math.max(1, last - from + spareRows)) };
}

// Asking for what is seen. One question at a time; the last wish wins.

let asking = null;
let wish = null;

// Resolves once everything wished for by now is drawn.
function ask(reason) {
  wish = reason === "scroll" ? (wish ?? reason) : reason;
  asking ??= answerAll().finally(() => (asking = null));
  return asking;
}

async function answerAll() {
  while (wish) {
    const now = wish;
    wish = null;
    await answer(now);
  }
}

async function answer(reason) {
  const address = new URL(location.href);
  const { from, rows } = stretch();
  address.searchParams.set("from", from);
  address.searchParams.set("rows", rows);
  const fresh = await desk.fetched(address);
  // Somebody who moved on meanwhile is answered by the next question.
  if (fresh && fresh.of === location.search) take(fresh.page, reason);
}

function take(page, reason) {
  const successor = page.getElementById("waiting");
  const known = new Set(drawn().map((row) => row.dataset.row));
  const [oldStart, oldEnd] = [start, start + known.size];
  const focused = document.activeElement?.dataset?.row;
  total = Number(successor.dataset.total);
  start = Number(successor.dataset.start);
  waiting.replaceChildren(...successor.childNodes);
  place();
  if (reason === "change") {
    drawn().forEach((row, index) => {
      const at = start + index;
      if (!known.has(row.dataset.row) && at >= oldStart && at <= oldEnd) row.classList.add("arrived");
    });
  }
  if (focused && !waiting.contains(document.activeElement)) rowOf(focused)?.focus({ preventScroll: true });
  if (reason === "scroll") return desk.tick();
  desk.replace(document.getElementById("filters"), page.getElementById("filters"));
  desk.replace(document.getElementById("frame"), page.getElementById("frame"));
  document.title = page.title;
  openConversation(page, reason !== "choose");
  offerNotices();
  tellOfBreaches(successor);
  desk.tick();
}

// The same conversation is renewed part by part, and what somebody writes in stays as it is; another one is put in its place.
function openConversation(page, kept) {
  const successor = page.getElementById("conversation");
  if (kept && successor.dataset.open && successor.dataset.open === conversation.dataset.open) {
    for (const part of conversation.querySelectorAll(".part")) {
      const fresh = page.getElementById(part.id);
      const writing = part.contains(document.activeElement) && document.activeElement.matches("input, textarea, select");
      if (fresh && !writing) desk.replace(part, fresh);
    }
    renewDraft(page);
    document.dispatchEvent(new CustomEvent("desk:renewed"));
    return;
  }
  conversation.replaceChildren(...successor.childNodes);
  conversation.scrollTop = 0;
  conversation.dataset.open = successor.dataset.open;
  document.body.classList.toggle("has-opened", Boolean(successor.dataset.open));
  document.dispatchEvent(new CustomEvent("desk:opened"));
}

// Which clock a reply would stop is as new as what can be read above it.
function renewDraft(page) {
  const [form, fresh] = [document.getElementById("conv-draft"), page.getElementById("conv-draft")];
  for (const name of ["answering", "once"]) if (form && fresh) form.elements[name].value = fresh.elements[name].value;
}

const rowOf = (name) => waiting.querySelector(`[data-row="${CSS.escape(name)}"]`);

// Choosing and moving

function choose(row) {
  if (!row) return;
  if (narrow.matches) return location.assign(row.href);
  chosen = row.dataset.row;
  for (const other of drawn()) other.toggleAttribute("aria-current", other === row);
  row.setAttribute("aria-current", "true");
  history.replaceState(null, "", row.href);
  place();
  ask("choose");
}

function reveal(index) {
  if (!scrolls()) return;
  const [top, height] = [index * rowHeight(), rowHeight()];
  if (top < waiting.scrollTop) waiting.scrollTop = top;
  else if (top + height > waiting.scrollTop + waiting.clientHeight) waiting.scrollTop = top + height - waiting.clientHeight;
}

async function move(step) {
  if (!total) return;
  const gone = chosenAt >= 0 && !rowOf(chosen) && chosenAt >= start && chosenAt < start + drawn().length;
  // The row that was open has left the queue: what came after it stands in its place.
  const next = Math.max(0, Math.min(total - 1, chosenAt < 0 ? 0 : chosenAt + (gone && step > 0 ? 0 : step)));
  reveal(next);
  if (next < start || next >= start + drawn().length) await ask("scroll");
  const row = drawn()[next - start];
  row?.focus({ preventScroll: true });
  choose(row);
}

// Telling of breaches while the page is not in front; no words of customers, since others may see the screen

let overdue = Number(waiting.dataset.overdue);

function tellOfBreaches(fresh) {
  const now = Number(fresh.dataset.overdue);
  if (now > overdue && !document.hasFocus() && globalThis.Notification?.permission === "granted") {
    const notice = new Notification(fresh.dataset.breached.replace("{count}", now), { tag: "breach" });
    notice.onclick = () => (window.focus(), notice.close());
  }
  overdue = now;
}

function offerNotices() {
  const button = document.getElementById("tell-breaches");
  if (button) button.hidden = globalThis.Notification?.permission !== "default";
}

const keys = {
  j: () => move(1),
  k: () => move(-1),
  "/": () => document.getElementById("search")?.select(),
  "?": () => document.getElementById("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.metaKey || event.ctrlKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, textarea, select") || !keys[event.key]) return;
  event.preventDefault();
  keys[event.key]();
});

document.addEventListener("click", (event) => {
  if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  if (event.target.closest("#tell-breaches")) return void Notification.requestPermission().then(offerNotices);
  const opens = event.target.closest("[data-dialog]");
  if (opens) return document.getElementById(opens.dataset.dialog).showModal();
  const row = event.target.closest(".wait");
  if (!row || narrow.matches) return;
  event.preventDefault();
  choose(row);
});

let scrolled = 0;
function onScroll() {
  cancelAnimationFrame(scrolled);
  scrolled = requestAnimationFrame(() => {
    const [first, last] = seen();
    if (first < start || last > start + drawn().length) ask("scroll");
  });
}
waiting.addEventListener("scroll", onScroll, { passive: true });
document.addEventListener("scroll", onScroll, { passive: true });
addEventListener("resize", () => (place(), onScroll()));
document.addEventListener("desk:changed", (event) => {
  event.preventDefault();
  if (event.detail.some((name) => name === "queue" || name === "incidents")) ask("change");
});

desk.show = (page) => take(page, "done");
desk.changed = () => ask("change");

place();
offerNotices();
// The most urgent one lies open at once; its address is kept, so that it stays when another becomes more urgent.
if (!chosen && !narrow.matches) choose(drawn()[0]);
