// The page: takes an input of the student's kind, asks the network, and shows the probabilities.

import { show } from "./bars.mjs";
import { drawing } from "./drawing.mjs";
import { pixelsOf } from "./image.mjs";
import { openNetwork } from "./network.mjs";
import { clipOf } from "./sound.mjs";
import { rowForm } from "./table.mjs";
import { tokenReader, wordReader } from "./text.mjs";

const at = (id) => document.getElementById(id);
const make = (tag, properties = {}) => Object.assign(document.createElement(tag), properties);

let network; // a promise of it
let latest; // what was asked last, to ask it again of another network

async function ask(fed) {
  latest = fed;
  try {
    const opened = await network;
    const began = performance.now();
    const { data } = await opened.ask(fed);
    if (fed !== latest) return; // something newer was asked meanwhile
    at("took").textContent = `Computed in ${(performance.now() - began).toFixed(1)} ms.`;
    show(at("answer"), data, about);
  } catch (error) {
    fail(error);
  }
}

function fail(error) {
  at("answer").replaceChildren(make("p", { className: "error", textContent: `That did not work: ${error.message}` }));
  at("took").textContent = "";
}

const reading = (read) => async (given) => {
  try {
    await ask(await read(given));
  } catch (error) {
    fail(error);
  }
};

function files(accept, words, take) {
  const zone = make("label", { className: "drop", tabIndex: 0 });
  const input = make("input", { type: "file", accept });
  zone.append(input, make("span", { textContent: words }));
  input.addEventListener("change", () => input.files.length && take(input.files[0]));
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
  return zone;
}

const inputs = {
  image({ shape }) {
    const seen = make("img", { className: "seen", alt: "The picture", hidden: true });
    const read = reading(async (source) => ({ image: await pixelsOf(source, shape) }));
    const zone = files("image/*", "Drop a picture here, or choose one", (file) => {
      URL.revokeObjectURL(seen.src);
      Object.assign(seen, { src: URL.createObjectURL(file), hidden: false });
      read(file);
    });
    zone.prepend(seen);
    const parts = [zone];
    if (shape[0] === 1) {
      const board = drawing(read);
      const clear = make("button", { type: "button", textContent: "Clear" });
      const light = make("input", { type: "checkbox" });
      const turned = make("label");
      clear.addEventListener("click", board.clear);
      light.addEventListener("change", () => board.turn(light.checked));
      turned.append(light, " Dark on light");
      const tools = make("div", { className: "tools" });
      tools.append(clear, turned);
      const side = make("div");
      side.append(board.canvas, make("p", { className: "over", textContent: "or draw here" }), tools);
      side.className = "board";
      board.canvas.addEventListener("pointerdown", () => side.classList.add("begun"));
      clear.addEventListener("click", () => side.classList.remove("begun"));
      parts.push(side);
    }
    return parts;
  },
  async text(how) {
    const read = how.tokenizer ? await tokenReader(how) : wordReader(how);
    const field = make("textarea", { rows: 4, placeholder: "Type a text", ariaLabel: "Text" });
    field.addEventListener("input", () => reading(read)(field.value));
    return [field];
  },
  table({ columns }) {
    const { form, row } = rowForm(columns, () => ask(row()));
    ask(row());
    return [form];
  },
  audio(how) {
    return [files("audio/*", "Drop a sound here, or choose one", reading((file) => clipOf(file, how)))];
  },
};

const about = await (await fetch("about.json")).json();
network = openNetwork();
document.title = at("title").textContent = about.title;
at("told").textContent = about.told;
if (about.task === "regression") at("heading").textContent = "What it predicts";
at("asked").append(...(await inputs[about.kind](about.input)));
if (navigator.gpu) {
  at("graphics").hidden = false;
  at("graphics").querySelector("input").addEventListener("change", (event) => {
    network = openNetwork({ onGraphicsCard: event.target.checked });
    network.then(() => latest && ask(latest), fail);
  });
}
network.catch(fail);
