// Processor time and memory of programs, and how they went. The server samples them for each request: nothing is sampled while nobody looks.
import { $, $$ } from "./shared.js";

/** Milliseconds between two looks; with many programs, fewer. */
const INTERVAL = 2000;
const MANY = 300;
const INTERVAL_OF_MANY = 5000;
/** Values in a line. */
const POINTS = 60;
const [WIDTH, HEIGHT] = [60, 16];

/** By name: the process, the last counter, and the values of each line. */
const known = new Map();

const bytes = (value) => {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let index = 0;
  while (value >= 1000 && index < units.length - 1) { value /= 1024; index += 1; }
  return `${value >= 100 || index === 0 ? Math.round(value) : value.toFixed(1)} ${units[index]}`;
};

function take({ time, programs }) {
  const running = new Set();
  for (const { fullname, pid, cpu_seconds: seconds, memory_bytes: memory } of programs) {
    running.add(fullname);
    let one = known.get(fullname);
    // Another process counts from zero.
    if (one?.pid !== pid) known.set(fullname, one = { pid, cpu: [], memory: [], time, seconds });
    if (time > one.time) {
      one.cpu.push(Math.max(seconds - one.seconds, 0) / (time - one.time));
      [one.time, one.seconds] = [time, seconds];
    }
    one.memory.push(memory);
    for (const line of [one.cpu, one.memory]) if (line.length > POINTS) line.shift();
  }
  for (const name of known.keys()) if (!running.has(name)) known.delete(name);
}

function spark(values, least) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svg.namespaceURI, "polyline");
  const most = Math.max(least, ...values);
  const from = POINTS - values.length;
  line.setAttribute("points", values
    .map((value, index) => `${from + index},${(HEIGHT - 1 - (value / most) * (HEIGHT - 2)).toFixed(1)}`).join(" "));
  svg.append(line);
  return svg;
}

function figure(name, values, least, text) {
  const span = document.createElement("span");
  span.className = name;
  const word = document.createElement("span");
  word.textContent = text;
  span.append(spark(values, least), word);
  return span;
}

/** Fills the places for it: of rows that are shown. */
export function paintUsage(root = document) {
  for (const place of $$("[data-usage]", root)) {
    const one = known.get(place.dataset.usage);
    if (!one) { place.replaceChildren(); continue; }
    if (place.closest("[hidden], .folded")) continue;
    const cpu = one.cpu.at(-1);
    place.replaceChildren(
      figure("cpu", one.cpu, 0.1, cpu === undefined ? "…" : `${(cpu * 100).toFixed(cpu < 0.0995 ? 1 : 0)} %`),
      figure("memory", one.memory, 1 << 20, bytes(one.memory.at(-1))));
  }
}

let timer = null;

async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  try {
    const answer = await fetch("api/v1/usage", { cache: "no-store" });
    if (answer.ok && !document.hidden) { take(await answer.json()); paintUsage(); }
  } catch { /* the page says elsewhere that nobody is there */ }
  clearTimeout(timer);
  timer = setTimeout(look, known.size > MANY ? INTERVAL_OF_MANY : INTERVAL);
}

document.addEventListener("visibilitychange", look);
addEventListener("pageshow", (event) => { if (event.persisted) look(); });
addEventListener("pagehide", () => clearTimeout(timer));
if ($("[data-usage]") || $("#main[data-total]")) look();
