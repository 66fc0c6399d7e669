// What the student answers, as bars of its probabilities: the likeliest first, what is hidden in one number.

import { probabilities } from "./network.mjs";

const SHOWN = 10;

export function show(place, logits, { labels, task }) {
  if (task === "regression") {
    place.replaceChildren(...labels.map((label, at) => line(label, null, Number(logits[at].toPrecision(6)).toString())));
    return;
  }
  const shares = probabilities(logits, task);
  const order = [...shares.keys()].sort((a, b) => shares[b] - shares[a]);
  const shown = order.slice(0, SHOWN).map((at) => line(labels[at], shares[at], words(shares[at])));
  const rest = order.slice(SHOWN);
  if (rest.length) {
    const hidden = rest.reduce((sum, at) => sum + shares[at], 0);
    const told = task === "classification" ? `, together ${words(hidden)}` : `, at most ${words(shares[rest[0]])} each`;
    shown.push(Object.assign(document.createElement("p"), { className: "quiet", textContent: `${rest.length} more${told}` }));
  }
  place.replaceChildren(...shown);
}

function line(name, share, value) {
  const row = Object.assign(document.createElement("div"), { className: "bar" });
  const track = Object.assign(document.createElement("span"), { className: "track" });
  if (share !== null) {
    const fill = document.createElement("span");
    fill.style.width = `${100 * share}%`;
    track.append(fill);
  }
  const label = Object.assign(document.createElement("span"), { className: "name", textContent: name, title: name });
  row.append(label, track, Object.assign(document.createElement("span"), { className: "value", textContent: value }));
  return row;
}

function words(share) {
  return share > 0 && share < 0.001 ? "< 0.1 %" : `${(100 * share).toFixed(1)} %`;
}
