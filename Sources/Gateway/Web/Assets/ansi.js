// Colours of terminals (ECMA-48, SGR). What isn't one of them, such as moving a cursor, is left out.

// eslint-disable-next-line no-control-regex
const SEQUENCE = /\x1b(?:\[([\x30-\x3f]*)[\x20-\x2f]*([\x40-\x7e])|\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x20-\x2f]*[\x30-\x7e])/g;
const BASIC = ["#000000", "#c0392b", "#1f9d55", "#b7791f", "#2b6cb0", "#97266d", "#0e7490", "#a0a4a9"];

/** Colour 16 and above of 256. */
function cube(number) {
  if (number >= 232) {
    const grey = 8 + (number - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const step = (value) => (value === 0 ? 0 : 55 + value * 40);
  const index = number - 16;
  return `rgb(${step(Math.floor(index / 36))} ${step(Math.floor(index / 6) % 6)} ${step(index % 6)})`;
}

/** Paints lines one after the other: a colour goes on until it is ended. */
export class Painter {
  constructor() { this.reset(); }

  reset() {
    this.colour = null;
    this.ground = null;
    this.styles = new Set();
  }

  paint(line, element) {
    let position = 0;
    for (const match of line.matchAll(SEQUENCE)) {
      this.add(line.slice(position, match.index), element);
      position = match.index + match[0].length;
      if (match[2] === "m") this.apply(match[1]);
    }
    this.add(line.slice(position), element);
  }

  add(text, element) {
    if (!text) return;
    if (this.colour === null && this.ground === null && this.styles.size === 0) return void element.append(text);
    const span = document.createElement("span");
    for (const style of this.styles) span.classList.add(`b${style}`);
    if (typeof this.colour === "number") span.classList.add(`c${this.colour}`);
    // Towards the colour of text, or what was made for black ground couldn't be read on white.
    else if (this.colour) span.style.color = `color-mix(in oklab, ${this.colour} 72%, var(--ink))`;
    if (this.ground) span.style.backgroundColor = `color-mix(in oklab, ${this.ground} 32%, transparent)`;
    span.textContent = text;
    element.append(span);
  }

  apply(parameters) {
    const codes = parameters.split(/[;:]/).map(Number);
    for (let index = 0; index < codes.length; index += 1) {
      const code = codes[index];
      if (code === 0) this.reset();
      else if ([1, 2, 3, 4, 7, 9].includes(code)) this.styles.add(code);
      else if (code === 22) { this.styles.delete(1); this.styles.delete(2); }
      else if ([23, 24, 27, 29].includes(code)) this.styles.delete(code - 20);
      else if (code >= 30 && code <= 37) this.colour = code - 30;
      else if (code >= 90 && code <= 97) this.colour = code - 82;
      else if (code === 39) this.colour = null;
      else if (code >= 40 && code <= 47) this.ground = BASIC[code - 40];
      else if (code >= 100 && code <= 107) this.ground = BASIC[code - 100];
      else if (code === 49) this.ground = null;
      else if (code === 38 || code === 48) {
        let colour = null;
        if (codes[index + 1] === 5) {
          const number = codes[index + 2];
          colour = number < 16 ? (code === 38 ? number : BASIC[number % 8]) : number < 256 ? cube(number) : null;
          index += 2;
        } else if (codes[index + 1] === 2) {
          const parts = codes.slice(index + 2, index + 5);
          if (parts.length === 3 && parts.every((part) => part >= 0 && part < 256)) colour = `rgb(${parts.join(" ")})`;
          index += 4;
        }
        if (code === 38) this.colour = colour; else this.ground = colour;
      }
    }
  }
}
