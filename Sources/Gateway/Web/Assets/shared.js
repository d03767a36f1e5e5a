// What all pages do: ages that grow, forms that don't leave the page, colours, one voice for messages.

export const $ = (selector, root = document) => root.querySelector(selector);
export const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// MARK: Colours

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function isDark() { return (root.dataset.theme ?? (dark.matches ? "dark" : "light")) === "dark"; }

function showTheme() {
  const button = $("#theme");
  button.hidden = false;
  button.textContent = isDark() ? "Light" : "Dark";
  button.setAttribute("aria-label", `Use ${isDark() ? "light" : "dark"} colours`);
}

$("#theme").addEventListener("click", () => {
  const wanted = isDark() ? "light" : "dark";
  // Who has come back to the system's colours follows the system again.
  if (wanted === (dark.matches ? "dark" : "light")) delete root.dataset.theme;
  else root.dataset.theme = wanted;
  try { localStorage.setItem("theme", root.dataset.theme ?? ""); } catch { /* for this page only */ }
  showTheme();
});
dark.addEventListener("change", showTheme);
showTheme();

// MARK: Ages

/** As the server writes them. */
export function ageText(seconds) {
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h ${Math.floor(seconds % 3600 / 60)} min`;
  return `${Math.floor(seconds / 86400)} d ${Math.floor(seconds % 86400 / 3600)} h`;
}

const births = new WeakMap();

/** Ages count from the moment at which they came. */
export function adopt(element) {
  const now = performance.now();
  for (const time of $$("time[data-age]", element)) births.set(time, now - Number(time.dataset.age) * 1000);
}

function grow() {
  if (document.hidden) return;
  const now = performance.now();
  for (const time of document.getElementsByTagName("time")) {
    const birth = births.get(time);
    if (birth === undefined) continue;
    const text = ageText(Math.floor((now - birth) / 1000));
    if (time.textContent !== text) time.textContent = text;
  }
}
adopt(document);
setInterval(grow, 1000);

/** Moments in the time zone and language of the browser: the server knows its own. */
export function localise(element) {
  const today = new Date().toDateString();
  for (const time of $$("time[data-at]", element)) {
    const date = new Date(Number(time.dataset.at) * 1000);
    time.dateTime = date.toISOString();
    time.title = date.toLocaleString();
    time.textContent = date.toDateString() === today
      ? date.toLocaleTimeString() : date.toLocaleString(undefined, { month: "short", day: "numeric", hour: "2-digit", minute: "2-digit" });
  }
}
localise(document);

// MARK: Whether the server is there

/** Milliseconds between two looks for a server that is gone. */
const SEARCH = 2000;
let search = null;
let isLeaving = false;
addEventListener("pagehide", () => { isLeaving = true; });
addEventListener("pageshow", () => { isLeaving = false; });

const commands = () => $$("#content form[method=post] button, #content [popovertarget]");

/** Says that it is gone, and takes away what can't be done, until it is back: then "reached" is told. */
function reachable(isThere) {
  // Leaving the page ends its requests, too.
  if (isThere === (search === null) || isLeaving) return;
  if (isThere) {
    clearInterval(search);
    search = null;
    $("#gone")?.remove();
    for (const button of commands()) button.disabled = false;
  } else {
    search = setInterval(() => { if (!document.hidden) probe(); }, SEARCH);
    const gone = document.createElement("p");
    gone.id = "gone";
    gone.setAttribute("role", "alert");
    gone.textContent = "The server can’t be reached. What you see may be out of date; this page comes back by itself.";
    $("#content").before(gone);
    for (const open of $$("[popover]:popover-open")) open.hidePopover();
    for (const button of commands()) button.disabled = true;
    $("#live").textContent = "";
  }
  document.body.classList.toggle("lost", !isThere);
  if (isThere) document.dispatchEvent(new CustomEvent("reached"));
}

/** 502 and 504 come from a proxy that finds nobody behind it. */
const isFromServer = (answer) => answer.status !== 502 && answer.status !== 504;

export async function probe() {
  try {
    reachable(isFromServer(await fetch("ok.html", { cache: "no-store" })));
  } catch {
    reachable(false);
  }
}

// MARK: Messages

let silence;

export function say(text, isError = false) {
  let toast = $("#toast");
  if (!toast) {
    toast = document.createElement("p");
    toast.id = "toast";
    toast.setAttribute("role", "status");
    document.body.append(toast);
  }
  toast.className = isError ? "error shown" : "shown";
  toast.textContent = text;
  clearTimeout(silence);
  silence = setTimeout(() => toast.classList.remove("shown"), isError ? 12000 : 4000);
}

/** A message in the address would be said again by the next reload. */
const address = new URL(location);
if (address.searchParams.has("message")) {
  address.searchParams.delete("message");
  history.replaceState(null, "", address);
}

// MARK: Buttons

document.addEventListener("submit", async (event) => {
  const form = event.target;
  const button = event.submitter;
  if (form.method !== "post" || !button?.name) return;
  event.preventDefault();
  const fields = new FormData(form);
  if (button.getAttribute("formmethod") === "get") {
    const name = fields.get("groupname");
    const question = name ? `${button.textContent} all of ${name}?` : `Clear the log of ${fields.get("processname")}?`;
    if (!await isSure(question, button.textContent)) return;
  }
  const body = new URLSearchParams(fields);
  body.set(button.name, button.value);
  const place = form.closest("tr, .subject, .verdict") ?? form;
  for (const open of $$("[popover]", form)) open.hidePopover?.();
  place.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body, headers: { Accept: "text/plain" } });
    const text = await answer.text();
    say(answer.ok || answer.status === 409 ? text : `The server says: ${text.trim()}`, !answer.ok);
  } catch {
    say("The server can’t be reached.", true);
    probe();
  } finally {
    place.removeAttribute("aria-busy");
    document.dispatchEvent(new CustomEvent("acted", { detail: body.get("processname") }));
  }
});

/** What can't be undone is asked about; without this script the server asks. */
export function isSure(question, word) {
  const dialog = document.createElement("dialog");
  dialog.className = "sure";
  dialog.innerHTML = "<form method=\"dialog\"><p></p><button value=\"yes\" class=\"grave\"></button> <button autofocus>Cancel</button></form>";
  $("p", dialog).textContent = question;
  $(".grave", dialog).textContent = word;
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
  });
}

// MARK: What happens

const TYPES = [
  ...["STARTING", "RUNNING", "BACKOFF", "STOPPING", "EXITED", "STOPPED", "FATAL", "UNKNOWN"].map((name) => `PROCESS_STATE_${name}`),
  ...["STARTING", "HEALTHY", "UNHEALTHY"].map((name) => `REEVE_HEALTH_${name}`),
  ...["WAITING", "COMPLETED", "SKIPPED", "DISABLED"].map((name) => `REEVE_SUBSTATE_${name}`),
  "PROCESS_GROUP_ADDED", "PROCESS_GROUP_REMOVED", "SUPERVISOR_STATE_CHANGE_RUNNING", "SUPERVISOR_STATE_CHANGE_STOPPING",
];
/** Milliseconds between two looks while events can't be had. */
const POLL = 4000;
/** Milliseconds after which a stream that has broken is opened again: the gateway has ended, and the next request starts one. */
const AGAIN = 500;

/**
 * Calls `changed(name, type)` when a program has changed, `changed(null)` when anything may have: events while there is a
 * stream of them, else from time to time. A page that nobody sees holds no connection: browsers have six for a server.
 */
export function watch(changed) {
  let source = null;
  let poll = null;
  const show = (text) => { $("#live").textContent = text; };

  function open() {
    if (source || document.hidden) return;
    source = new EventSource("api/v1/events?types=PROCESS_STATE,PROCESS_GROUP,SUPERVISOR_STATE_CHANGE,REEVE_HEALTH,REEVE_SUBSTATE");
    let isOpen = false;
    source.onopen = () => { isOpen = true; clearInterval(poll); poll = null; show("Live"); changed(null); };
    source.onerror = () => {
      close();
      // Whether there is nobody, or only no stream.
      probe();
      if (isOpen) setTimeout(open, AGAIN);
      show(search === null ? "Checking every few seconds" : "");
      poll ??= setInterval(() => { if (!document.hidden) { changed(null); open(); } }, POLL);
    };
    for (const type of TYPES) {
      source.addEventListener(type, (event) => {
        let fields = {};
        try { fields = JSON.parse(event.data); } catch { /* then everything may have changed */ }
        const { processname: name, groupname: group } = fields;
        changed(name && group ? (name === group ? name : `${group}:${name}`) : null, type);
      });
    }
  }

  function close() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) close(); else { changed(null); open(); }
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) { changed(null); open(); } });
  document.addEventListener("reached", () => { changed(null); open(); });
  document.addEventListener("acted", (event) => changed(event.detail));
  open();
}

/** A part of a page, as the server writes it now. */
export async function part(url) {
  const answer = await fetch(url, { cache: "no-store" }).catch((error) => {
    reachable(false);
    throw error;
  });
  reachable(isFromServer(answer));
  if (!answer.ok) throw new Error(`${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page;
}

/** Two elements say the same, ages apart. */
export function isSame(one, other) {
  const plain = (element) => element.outerHTML
    .replace(/<time[^>]*>[^<]*<\/time>/g, "").replace(/(data-usage="[^"]*">).*?(<\/td>|<\/p>)/gs, "$1$2")
    .replace(/ (class="new"|class=""|hidden=""|disabled=""|aria-busy="true"|aria-expanded="\w+")/g, "");
  return plain(one) === plain(other);
}

/** Puts `fresh` where `old` is; what had the focus has it afterwards. */
export function swap(old, fresh) {
  const focused = old.contains(document.activeElement) ? document.activeElement : null;
  old.replaceWith(fresh);
  adopt(fresh);
  if (!focused) return;
  const same = focused.value ? $(`[value="${CSS.escape(focused.value)}"]`, fresh) : $(focused.tagName, fresh);
  (same ?? $("a, button, input", fresh))?.focus({ preventScroll: true });
}
