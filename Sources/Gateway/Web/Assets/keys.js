// Keys, and the help that lists them.
import { $ } from "./shared.js";

const rows = [];

/** Adds keys: `[["j", "ArrowDown"], "Next program", (event) => ...]`. */
export function keys(...table) { rows.push(...table); }

const NAMES = { ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };

function help() {
  const dialog = document.createElement("dialog");
  dialog.className = "keys";
  dialog.setAttribute("aria-labelledby", "keys-title");
  dialog.innerHTML = "<h2 id=\"keys-title\">Keys</h2><table><thead class=\"heard\"><tr><th scope=\"col\">Key</th><th scope=\"col\">What it does</th></tr></thead><tbody></tbody></table>"
    + "<form method=\"dialog\"><button autofocus>Close</button></form>";
  for (const [names, text] of rows) {
    const row = $("tbody", dialog).insertRow();
    const cell = document.createElement("th");
    cell.scope = "row";
    for (const name of names) {
      const key = document.createElement("kbd");
      key.textContent = NAMES[name] ?? name;
      cell.append(key, " ");
    }
    row.append(cell);
    row.insertCell().textContent = text;
  }
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  const dialog = $("dialog[open]");
  if (dialog) {
    if (event.key === "?" && dialog.classList.contains("keys")) dialog.close();
    return;
  }
  if (event.target.closest?.("input, textarea, select")) return;
  const row = rows.find(([names]) => names.includes(event.key));
  if (row && row[2](event) !== false) event.preventDefault();
});

const go = (address) => () => { location.href = address; };
keys(
  [["?"], "These keys", help],
  [["p"], "All programs", go("./")],
  [["g"], "Dependencies", go("graph.html")],
  [["l"], "All logs", go("logs.html")],
  [["d"], "Dark or light", () => $("#theme").click()],
);
const button = $("#keys");
button.hidden = false;
button.addEventListener("click", help);
