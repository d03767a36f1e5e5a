// The dependencies, live.
import { part, watch } from "./shared.js";
import "./keys.js";

/** Milliseconds in which changes are collected. */
const GATHER = 200;
let timer = null;

watch(() => {
  timer ??= setTimeout(async () => {
    timer = null;
    const fresh = (await part("graph.html").catch(() => null))?.getElementById("graph");
    const old = document.getElementById("graph");
    if (!fresh || fresh.innerHTML === old.innerHTML) return;
    const canvas = old.querySelector(".canvas");
    const place = canvas && [canvas.scrollLeft, canvas.scrollTop, canvas.contains(document.activeElement)];
    old.replaceWith(fresh);
    const now = fresh.querySelector(".canvas");
    if (!now || !place) return;
    [now.scrollLeft, now.scrollTop] = place;
    if (place[2]) now.focus();
  }, GATHER);
});
