// A program's page, live.
import { $, $$, adopt, isSame, localise, part, swap, watch } from "./shared.js";
import { keys } from "./keys.js";
import { paintUsage } from "./usage.js";

const name = $("#subject").dataset.name;

watch(async (changed) => {
  if (changed !== null && changed !== name) return;
  const page = await part(location.href).catch(() => null);
  const cards = page?.getElementById("cards");
  if (!cards) return;
  const subject = page.getElementById("subject");
  if (!isSame($("#subject"), subject)) swap($("#subject"), subject);
  // One by one: what somebody reads or has selected stays unless it has changed.
  const ids = $$(".card", cards).map((card) => card.id);
  for (const old of $$("#cards .card")) if (!ids.includes(old.id)) old.remove();
  for (const [index, card] of $$(".card", cards).entries()) {
    const old = document.getElementById(card.id);
    if (old && old.innerHTML.replace(/<time.*?<\/time>/g, "") === card.innerHTML.replace(/<time.*?<\/time>/g, "")) continue;
    if (old) old.replaceWith(card); else $("#cards").insertBefore(card, $("#cards").children[index] ?? null);
    localise(card);
    adopt(card);
  }
  paintUsage();
});

const press = (action) => () => $(`#subject button[value=${action}]`)?.click();
const go = (channel) => () => { location.href = `tail.html?processname=${encodeURIComponent(name)}&channel=${channel}`; };
keys(
  [["s"], "Start it", press("start")],
  [["o"], "Its stdout", go("stdout")],
  [["e"], "Its stderr", go("stderr")],
  [["b"], "Both together", go("both")],
);
