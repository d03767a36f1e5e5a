// A log as it is written, and the state of its program.
import { $, isSame, part, probe, swap, watch } from "./shared.js";
import { Painter } from "./ansi.js";
import { keys } from "./keys.js";
import { paintUsage } from "./usage.js";

/** Lines that are kept: a browser lays out more of them too slowly, and nobody reads them. */
const MOST = 5000;
/** Bytes of what is there already; the server gives no more. */
const BACKLOG = 65536;
/** Milliseconds after which a stream that has ended is opened again; longer each time that there is none. */
const RETRY = [500, 2000, 5000, 10000, 30000];

const viewer = $("#viewer");
const isMain = !$("#subject")?.dataset.name;

const log = viewer ? follow() : null;

const name = $("#subject")?.dataset.name;
if (name) {
  watch(async (changed, type) => {
    if (changed !== null && changed !== name) return;
    // Its first start makes the log.
    log?.open();
    log?.refresh(changed, type);
    const page = await part(`tail.html?processname=${encodeURIComponent(name)}`).catch(() => null);
    if (!page) return;
    for (const id of ["subject", "processes"]) {
      const [old, fresh] = [document.getElementById(id), page.getElementById(id)];
      if (!fresh) old?.remove();
      else if (!old) $("#subject").after(fresh);
      else if (!isSame(old, fresh)) {
        if (old.open) fresh.open = true;
        swap(old, fresh);
      }
    }
    paintUsage();
  });
}

if (viewer?.dataset.merged === "programs") watch((changed, type) => log.refresh(changed, type));

function follow() {
  let log = $("#log");
  if (!log) {
    log = document.createElement("pre");
    log.id = "log";
    log.className = "log";
    log.tabIndex = 0;
    log.setAttribute("aria-label", "Log");
    log.hidden = true;
    viewer.append(log);
  }
  const path = viewer.dataset.log;
  /** What tells lines apart: their program, or their stream; none in a log of its own. */
  const merged = viewer.dataset.merged;

  // MARK: The bar

  const bar = document.createElement("div");
  bar.innerHTML = `
    <span class="found" id="found" role="status"></span>
    <input type="search" id="search" placeholder="Search" aria-label="Search the log" autocomplete="off" spellcheck="false">
    <button type="button" id="wrap" aria-pressed="true">Wrap</button>
    <button type="button" id="following" aria-pressed="true">Follow</button>
    <a class="button" id="whole" target="_blank">Whole log</a>`;
  $("#refresh").replaceWith(bar);
  $("#whole").href = path;
  $("#whole").hidden = Boolean(merged);
  const following = $("#following");
  const search = $("#search");

  let follows = true;
  const setFollows = (flag) => {
    follows = flag;
    following.setAttribute("aria-pressed", String(flag));
    if (flag) log.scrollTop = log.scrollHeight;
  };
  following.addEventListener("click", () => setFollows(!follows));
  $("#wrap").addEventListener("click", (event) => {
    const isLong = log.classList.toggle("long");
    event.target.setAttribute("aria-pressed", String(!isLong));
    if (follows) log.scrollTop = log.scrollHeight;
  });
  // Who scrolls up wants to read; who comes back to the end wants to follow.
  log.addEventListener("scroll", () => {
    const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 24;
    if (isAtEnd !== follows) {
      follows = isAtEnd;
      following.setAttribute("aria-pressed", String(isAtEnd));
    }
  }, { passive: true });

  // MARK: Lines

  let painters = new Map();
  const painterOf = (from) => painters.get(from) ?? painters.set(from, new Painter()).get(from);
  let pending = [];
  let isDue = false;
  let starts = false;

  /** `from`: of which program and stream. */
  function add(text, from = { name: "", stream: "" }) {
    pending.push({ text, from });
    // More than can be shown has come at once.
    if (pending.length > 2 * MOST) pending.splice(0, pending.length - MOST);
    plan();
  }

  function plan() {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(paint);
  }

  function paint() {
    isDue = false;
    if (starts) {
      log.replaceChildren();
      painters = new Map();
      starts = false;
      log.hidden = false;
      $(".refused")?.remove();
    }
    const fragment = document.createDocumentFragment();
    for (const { text, from } of pending.slice(-MOST)) {
      const element = document.createElement("div");
      if (from.note) {
        element.className = "note";
        element.textContent = text;
        fragment.append(element);
        continue;
      }
      if (merged) {
        const label = document.createElement("span");
        label.className = `from ${from.stream}`;
        label.textContent = merged === "programs" ? `${from.name}${from.stream === "stderr" ? " !" : ""} ` : `${from.stream} `;
        element.append(label);
      }
      painterOf(`${from.name} ${from.stream}`).paint(text, element);
      if (needle) judge(element);
      fragment.append(element);
    }
    pending = [];
    const wasFollowing = follows;
    log.append(fragment);
    for (let extra = log.childElementCount - MOST; extra > 0; extra -= 1) log.firstElementChild.remove();
    if (needle) mark();
    if (wasFollowing) log.scrollTop = log.scrollHeight;
  }

  // MARK: Search

  let needle = "";
  const judge = (line) => line.classList.toggle("hit", line.textContent.toLowerCase().includes(needle));

  function mark() {
    const hits = log.getElementsByClassName("hit");
    $("#found").textContent = needle ? `${hits.length} line${hits.length === 1 ? "" : "s"}` : "";
    if (!globalThis.Highlight) return;
    CSS.highlights.delete("found");
    if (!needle) return;
    const ranges = [];
    for (const line of [...hits].slice(-500)) {
      const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const text = walker.currentNode.data.toLowerCase();
        for (let at = text.indexOf(needle); at >= 0; at = text.indexOf(needle, at + needle.length)) {
          const range = new Range();
          range.setStart(walker.currentNode, at);
          range.setEnd(walker.currentNode, at + needle.length);
          ranges.push(range);
        }
      }
    }
    CSS.highlights.set("found", new Highlight(...ranges));
  }

  function find(text) {
    needle = text.toLowerCase();
    log.classList.toggle("search", needle !== "");
    for (const line of log.children) if (needle) judge(line); else line.classList.remove("hit");
    mark();
    if (follows || needle) log.scrollTop = log.scrollHeight;
  }

  search.addEventListener("input", () => find(search.value));
  search.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    search.value = "";
    find("");
  });
  // A line that was found, among its neighbours.
  log.addEventListener("click", (event) => {
    const line = event.target.closest("#log > div");
    if (!line || !needle || String(getSelection())) return;
    setFollows(false);
    search.value = "";
    find("");
    $(".here", log)?.classList.remove("here");
    line.classList.add("here");
    line.scrollIntoView({ block: "center" });
  });
  keys(
    [["/"], "Search the log; Esc ends it", () => search.focus()],
    [["f"], "Follow what is written, or stay", () => following.click()],
    [["w"], "Wrap long lines, or not", () => $("#wrap").click()],
  );

  // MARK: The stream

  let source = null;
  let retry = null;
  let failures = 0;
  const live = (text) => { if (isMain && !merged) $("#live").textContent = text; viewer.dataset.live = text; };

  let wasLive = false;
  /** How many logs of each name are followed, and whose start was looked at once. */
  let followed = new Map();
  const tried = new Set();
  let isFull = false;

  /** Lines of several logs. */
  function listen() {
    const note = (text) => add(text, { note: true });
    // In order of arrival only what comes while it is open: what was shown stays.
    const isAgain = wasLive;
    source = new EventSource(`${path}/follow?backlog=${isAgain ? 0 : merged === "programs" ? 1024 : 16384}`);
    let last = "";
    source.onopen = () => { failures = 0; live("Live"); if (!isAgain) { starts = true; pending = []; plan(); } };
    source.addEventListener("sources", (event) => {
      const sources = JSON.parse(event.data);
      followed = new Map();
      for (const [name] of sources.followed) followed.set(name, (followed.get(name) ?? 0) + 1);
      isFull = sources.left_out > 0;
      if (sources.left_out > 0) note(`${sources.left_out} further logs are not followed: there are too many.`);
    });
    source.addEventListener("live", () => {
      note(isAgain ? "Connected again: lines that were written meanwhile may be missing." : "From here on, in the order of arrival; before, one log after the other.");
      wasLive = true;
    });
    source.onmessage = (event) => {
      const { name, stream, past, lines } = JSON.parse(event.data);
      if (past && last !== `${name} ${stream}`) note(`${merged === "programs" ? `${name} ` : ""}${stream}, before:`);
      last = `${name} ${stream}`;
      for (const line of lines) add(line.slice(line.lastIndexOf("\r") + 1), { name, stream });
    };
  }

  /** A group has come, or a program has started whose log wasn't there. */
  function refresh(name, type = "") {
    if (!merged || !source) return;
    if (type !== "PROCESS_GROUP_ADDED") {
      if (type !== "PROCESS_STATE_RUNNING" || isFull || tried.has(name) || followed.get(name) === 2) return;
      tried.add(name);
    }
    close();
    open();
  }

  function open() {
    if (source || document.hidden) return;
    if (merged) listen(); else listenToOne();
    source.onerror = () => {
      close();
      live("");
      probe();
      clearTimeout(retry);
      retry = setTimeout(open, RETRY[Math.min(failures, RETRY.length - 1)]);
      failures += 1;
    };
  }

  function listenToOne() {
    source = new EventSource(`${path}/follow?backlog=${BACKLOG}`);
    // What is there already comes again: it replaces what is shown.
    source.onopen = () => { failures = 0; starts = true; pending = []; live("Live"); plan(); };
    source.onmessage = (event) => {
      // A carriage return has made several lines of one, as progress bars do: the last one is what a terminal shows.
      const parts = event.data.split("\n");
      add(parts.findLast((text) => text !== "") ?? "");
    };
  }

  function close() {
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => { if (document.hidden) close(); else open(); });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
  document.addEventListener("reached", open);
  log.scrollTop = log.scrollHeight;
  open();
  return { open, refresh };
}
