// The list of programs, live. The server writes all markup; here it is fetched anew and put in its place where it differs.
import { $, $$, adopt, isSame, part, swap, watch } from "./shared.js";

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
    const query = new URLSearchParams([["part", "1"], ...names.map((name) => ["only", name])]);
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
      if (fresh) { $("#main").append(fresh); adopt(fresh); }
    }
    prepareTools();
  } else {
    for (const row of rows) {
      const old = document.getElementById(row.id);
      if (isSame(old, row)) continue;
      row.classList.add("new");
      swap(old, row);
    }
    const links = $("#tools .show", page);
    if (links && !isSame($("#tools .show"), links)) swap($("#tools .show"), links);
  }
  filter();
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

document.addEventListener("keydown", (event) => {
  const isTyping = event.target.closest("input, textarea");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    $("#filter")?.focus();
  } else if (event.key === "Escape" && event.target.id === "filter") {
    text = event.target.value = "";
    choose();
  }
});

prepareTools();
filter();
watch(changed);
