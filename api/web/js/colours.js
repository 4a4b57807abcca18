// Colours of feeders: ten that people with any colour vision tell apart, given once per model.
import { byName } from "./elements.js";

const NUMBER = 10;

/** Return the number of the colour of each feeder by mRID: neighbours by ties differ while there are enough colours. */
export function colourNumbers(network) {
  const place = new Map(network.feeders.map((feeder) => [feeder.mrid, feeder]));
  const neighbours = new Map(network.feeders.map((feeder) => [feeder.mrid, new Set()]));
  for (const { a, b } of network.switches) {
    if (a < 0 || b < 0) continue;
    for (const one of network.sections[a].feeders) {
      for (const other of network.sections[b].feeders) {
        if (one !== other && place.has(one) && place.has(other)) {
          neighbours.get(one).add(other);
          neighbours.get(other).add(one);
        }
      }
    }
  }
  const numbers = new Map(), used = new Array(NUMBER).fill(0);
  for (const feeder of [...network.feeders].sort((one, other) => byName(one.name, other.name))) {
    const taken = new Set([...neighbours.get(feeder.mrid)].map((mrid) => numbers.get(mrid)));
    const free = used.map((_, number) => number).filter((number) => !taken.has(number));
    const best = (free.length ? free : used.map((_, n) => n)).reduce((one, other) => (used[other] < used[one] ? other : one));
    numbers.set(feeder.mrid, best);
    used[best] += 1;
  }
  return numbers;
}

/** The colours of the scheme that is on, for the canvas. */
export function scheme() {
  const style = getComputedStyle(document.documentElement);
  const value = (name) => style.getPropertyValue(name).trim();
  const feeders = Array.from({ length: NUMBER }, (_, number) => value(`--f${number}`));
  const names = ["ink", "dim", "dead", "upstream", "drawing", "halo", "warn", "chosen"];
  return { feeders, ...Object.fromEntries(names.map((name) => [name, value(`--${name}`)])) };
}
