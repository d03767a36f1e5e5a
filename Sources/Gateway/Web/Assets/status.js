// The list of programs, live. The server writes all markup; here it is fetched anew and put in its place where it differs.
import { $, $$, adopt, isSame, isSure, localise, part, say, swap, watch } from "./shared.js";
import { keys } from "./keys.js";
import { paintUsage } from "./usage.js";

/** Milliseconds in which changes are collected, so that many cost one request. */
const GATHER = 120;
/** More changed programs than this are not asked for by name. */
const FEW = 40;

let wanted = new Set();
let isWanted = false;
let wantsAll = false;
let isLoading = false;

function changed(name) {
  if (name && wanted.size < FEW) wanted.add(name); else wantsAll = true;
  if (!isWanted) {
    isWanted = true;
    setTimeout(load, GATHER);
  }
}

async function load() {
  if (isLoading) return setTimeout(load, GATHER);
  isLoading = true;
  isWanted = false;
  const names = wantsAll ? [] : [...wanted];
  wanted = new Set();
  wantsAll = false;
  try {
    const more = $("#timeline")?.open ? [["timeline", "1"]] : [];
    const query = new URLSearchParams([["part", "1"], ...more, ...names.map((name) => ["only", name])]);
    const page = await part(`index.html?${query}`);
    if (!update(page, names)) changed(null);
  } catch {
    // It is said where it can't be reached, and looked again in any case.
  } finally {
    isLoading = false;
  }
}

/** False when rows have come or gone of which the page has only some. */
function update(page, names) {
  const main = $("#main", page);
  $("#main").dataset.total = main.dataset.total;
  if (main.dataset.title !== $("#main").dataset.title) announce($("#main").dataset.title = main.dataset.title);
  document.title = `${main.dataset.title} · ${$(".brand").textContent}`;
  $("link[rel=icon]").href = `images/icon${$("#attention", page) ? "-ill" : ""}.svg`;
  replace("verdict", page, (old) => !$("[popover]:popover-open", old));
  const attention = $("#attention", page);
  if (attention && !$("#attention")) {
    $("#verdict").after(attention);
    adopt(attention);
  } else replace("attention", page);
  const rows = $$("tr[data-name]", page);
  const isStructural = names.length === 0
    ? rows.map((row) => row.id).join("\n") !== $$("#programs tr[data-name]").map((row) => row.id).join("\n")
    : rows.length !== names.length || rows.some((row) => !document.getElementById(row.id));
  if (isStructural && names.length > 0) return false;
  if (isStructural || !$("#programs")) {
    for (const id of ["tools", "programs", "nothing"]) document.getElementById(id)?.remove();
    for (const id of ["tools", "programs", "nothing"]) {
      const fresh = page.getElementById(id);
      if (!fresh) continue;
      if ($("#timeline")) $("#timeline").before(fresh); else $("#main").append(fresh);
      adopt(fresh);
    }
    prepareTools();
  } else {
    for (const row of [...rows, ...$$("tr.heading", page)]) {
      const old = document.getElementById(row.id);
      if (!old || isSame(old, row)) continue;
      if (row.dataset.name) row.classList.add("new");
      swap(old, row);
    }
    const links = $("#tools .show", page);
    if (links && !isSame($("#tools .show"), links)) swap($("#tools .show"), links);
  }
  const timeline = page.getElementById("timeline");
  if (timeline && !$("#timeline")) $("#main").append(timeline);
  else if (timeline) $("#timeline ol").replaceWith($("ol", timeline));
  if (timeline) localise($("#timeline"));
  filter();
  paintUsage();
  return true;
}

/** For who hears the page. */
function announce(text) {
  let region = $("#announcement");
  if (!region) {
    region = document.createElement("p");
    region.id = "announcement";
    region.className = "heard";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  region.textContent = text;
}

function replace(id, page, mayBe = () => true) {
  const old = document.getElementById(id);
  const fresh = page.getElementById(id);
  if (!old || fresh && isSame(old, fresh)) return;
  if (!fresh) old.remove();
  else if (mayBe(old)) swap(old, fresh);
}

// MARK: Filter

const address = new URL(location);
let show = address.searchParams.get("show") ?? "all";
let text = address.searchParams.get("filter") ?? "";

function filter() {
  const needle = text.toLowerCase();
  let count = 0;
  for (const body of $$("#programs tbody")) {
    let shown = 0;
    for (const row of $$("tr[data-name]", body)) {
      const fits = (show === "all" || row.dataset.health === show) && row.dataset.name.toLowerCase().includes(needle);
      row.hidden = !fits;
      if (fits) shown += 1;
    }
    body.hidden = shown === 0;
    count += shown;
  }
  foldGroups();
  const nothing = $("#nothing");
  if (nothing) nothing.hidden = count > 0;
  for (const link of $$("#tools [data-show]")) {
    if (link.dataset.show === show) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
  }
}

function choose() {
  const url = new URL(location);
  if (show === "all") url.searchParams.delete("show"); else url.searchParams.set("show", show);
  if (text) url.searchParams.set("filter", text); else url.searchParams.delete("filter");
  history.replaceState(null, "", url);
  filter();
}

function prepareTools() {
  const input = $("#filter");
  if (!input) return;
  input.value = text;
  input.addEventListener("input", () => { text = input.value; choose(); });
  input.form.addEventListener("submit", (event) => event.preventDefault());
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-show]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  show = link.dataset.show;
  choose();
  $("#tools")?.scrollIntoView({ block: "nearest" });
});

// MARK: Groups

let folded = new Set();
try { folded = new Set(JSON.parse(localStorage.getItem("folded") ?? "[]")); } catch { /* all are open */ }

/** What is looked for is shown, whatever its group is. */
function foldGroups() {
  const isSought = text !== "" || show !== "all";
  for (const body of $$("#programs tbody.group")) {
    const isFolded = !isSought && folded.has(body.dataset.group);
    body.classList.toggle("folded", isFolded);
    $(".fold", body)?.setAttribute("aria-expanded", String(!isFolded));
  }
}

document.addEventListener("click", (event) => {
  const body = event.target.closest(".fold")?.closest("tbody");
  if (!body) return;
  if (!folded.delete(body.dataset.group)) folded.add(body.dataset.group);
  try { localStorage.setItem("folded", JSON.stringify([...folded])); } catch { /* for this page only */ }
  foldGroups();
  paintUsage(body);
});

// MARK: Keys

const lines = () => $$("#programs :is(tr[data-name], tr.heading)").filter((row) => row.checkVisibility());
const selected = () => document.activeElement?.closest("#programs tr");

/** Moves the focus, which is what is selected. */
const move = (step) => () => {
  const all = lines();
  const here = all.indexOf(selected());
  const row = all[here < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(here + step, 0), all.length - 1)];
  if (row) $("a, .fold", row).focus();
};

const act = (action, asks) => async () => {
  const row = selected();
  if (!row) return say("Select a program first, with j and k.");
  const button = $(`button:is([value="${action}"], [value="${action}group"])`, row);
  if (!button) return say(`${row.dataset.name ?? "This group"} can’t be ${{ start: "started", stop: "stopped", restart: "restarted" }[action]} now.`);
  if (asks && row.dataset.name && !await isSure(`${button.textContent} ${row.dataset.name}?`, button.textContent)) return;
  const same = button.isConnected ? button : $(`#${CSS.escape(row.id)} button[value="${action}"]`);
  same?.form.requestSubmit(same);
};

keys(
  [["j", "ArrowDown"], "Select the next program", move(1)],
  [["k", "ArrowUp"], "Select the previous program", move(-1)],
  [["Enter"], "Its log", () => false],
  [["i"], "Everything about it", () => {
    const name = selected()?.dataset.name;
    if (!name) return say("Select a program first, with j and k.");
    location.href = `program.html?processname=${encodeURIComponent(name)}`;
  }],
  [["s"], "Start it, or its group", act("start", false)],
  [["x"], "Stop it", act("stop", true)],
  [["r"], "Restart it", act("restart", true)],
  [["f"], "Fold or unfold its group", () => {
    const fold = $(".fold", selected()?.closest("tbody") ?? document.createElement("p"));
    if (!fold) return say("Select a program of a group first.");
    fold.focus();
    fold.click();
  }],
  [["/"], "Filter by name; Esc ends it", () => $("#filter")?.focus()],
  [["t"], "Timeline", () => {
    const timeline = $("#timeline");
    if (!timeline) return;
    timeline.open = !timeline.open;
    if (timeline.open) timeline.scrollIntoView({ block: "nearest" });
  }],
);
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || event.target.id !== "filter") return;
  text = event.target.value = "";
  choose();
  event.target.blur();
});
// Not heard while it was closed.
document.addEventListener("toggle", (event) => { if (event.target.id === "timeline" && event.target.open) changed(null); }, true);

prepareTools();
filter();
watch(changed);
