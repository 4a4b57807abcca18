// The scene: where each thing of the document stands in the world, worked out once per document.

const ARC_STEPS = 16;

/** Return how a section is fed: its feeders, and how its line is drawn. */
function supplyOf(section) {
  if (!section.energised) return { kind: "dead", feeders: [] };
  const kind = section.feeders.length === 0 ? "upstream" : section.paralleled ? "paralleled" : "fed";
  return { kind, feeders: section.feeders, partially: section.partially };
}

/** Return the ways of a joint of the tree: down from the upper section, across, and down to the lower one. */
function elbow(from, to, at) {
  const [upper, lower] = from.y <= to.y ? [from, to] : [to, from];
  const middle = at || [lower.x, lower.y - (lower.y - upper.y) * 0.32];
  const level = lower.y - (lower.y - upper.y) * 0.62;
  const above = [[upper.x, upper.y], [upper.x, level], [lower.x, level], middle], below = [middle, [lower.x, lower.y]];
  return { at: middle, ways: upper === from ? [above, below] : [below.reverse(), above.reverse()] };
}

/** Return the ways of a joint beside the tree: an arc, so that it does not hide behind what stands in a row. */
function arc(from, to) {
  const across = to.x - from.x, down = to.y - from.y, length = Math.hypot(across, down) || 1;
  const sag = Math.min(length * 0.3, 70) * (across < 0 ? -1 : 1);
  const control = [(from.x + to.x) / 2 - (down / length) * sag, (from.y + to.y) / 2 + (across / length) * sag];
  const point = (t) => [0, 1].map((i) => {
    const [one, other] = i ? [from.y, to.y] : [from.x, to.x];
    return (1 - t) ** 2 * one + 2 * t * (1 - t) * control[i] + t ** 2 * other;
  });
  const points = Array.from({ length: ARC_STEPS + 1 }, (_, i) => point(i / ARC_STEPS));
  return { at: point(0.5), ways: [points.slice(0, ARC_STEPS / 2 + 1), points.slice(ARC_STEPS / 2)] };
}

function straight(from, to, at) {
  const middle = at || [(from.x + to.x) / 2, (from.y + to.y) / 2];
  return { at: middle, ways: [[[from.x, from.y], middle], [middle, [to.x, to.y]]] };
}

export class Scene {
  constructor(document) {
    this.document = document;
    this.isMap = document.layout === "map";
    this.sections = document.sections.map((section) => ({ ...section, supply: supplyOf(section) }));
    this.hasLines = this.sections.some((section) => section.points);
    const heights = [...new Set(this.sections.map((section) => section.y))].sort((one, other) => one - other);
    this.layer = Math.min(...heights.slice(1).map((y, i) => y - heights[i]).filter((gap) => gap > 1), Infinity);
    this.above = this.isMap ? new Map() : this.#joinedAbove([...document.switches, ...document.transformers]);
    this.switches = document.switches.map((one) => this.#joint(one)).filter((one) => one.at);
    this.transformers = document.transformers.map((one) => this.#joint(one)).filter((one) => one.at);
    this.#separate([...this.switches, ...this.transformers]);
    const [left, top, right, bottom] = document.bounds;
    const area = Math.max((right - left) * (bottom - top), 1);
    // about the distance between two things that are neighbours
    this.spacing = this.isMap ? Math.sqrt(area / Math.max(this.sections.length, 1)) / 2 : 24;
  }

  /** Return a joint with its place and its ways; on a map with lines, these show the ways already. */
  #joint(one) {
    const a = this.sections[one.a], b = this.sections[one.b];
    const own = one.x === undefined ? null : [one.x, one.y];
    const joint = { ...one, a, b, at: own, ways: [], abnormal: one.open !== one.normal_open };
    if (!a || !b || a === b) {
      const end = a || b;
      return { ...joint, at: own || (end ? [end.x + 6, end.y + 6] : null) };
    }
    if (this.isMap) return own && this.hasLines ? joint : { ...joint, ...straight(a, b, own) };
    const tree = this.above.get(a.y < b.y ? b : a) === one;
    return { ...joint, ...(tree ? elbow(a, b) : arc(a, b)), aside: !tree };
  }

  /** Return for each section of a diagram the joint to the section above it: of several, the most upright one. */
  #joinedAbove(joints) {
    const found = new Map();
    const lean = ({ a, b, normal_open }) => Math.abs(this.sections[a].x - this.sections[b].x) + (normal_open ? 1e6 : 0);
    for (const joint of joints) {
      const a = this.sections[joint.a], b = this.sections[joint.b];
      if (!a || !b || a.y === b.y) continue;
      const lower = a.y < b.y ? b : a, before = found.get(lower);
      const layers = Math.abs(a.y - b.y) / this.layer;
      if (layers < 1.01 && (!before || lean(joint) < lean(before))) found.set(lower, joint);
    }
    return found;
  }

  /** Put symbols of the same place side by side, so that each can be clicked. */
  #separate(joints) {
    const taken = new Map();
    const step = this.isMap ? 12 : 5;
    for (const one of joints) {
      const key = one.at.map((value) => Math.round(value)).join();
      const before = taken.get(key) || 0;
      taken.set(key, before + 1);
      if (before) one.at = [one.at[0] + step * before, one.at[1]];
    }
  }
}
