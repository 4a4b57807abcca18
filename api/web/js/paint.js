// Painting: the scene on a canvas. Colour says which feeder, the kind of line says how well fed.

const TEXT_HEIGHT = 13;
const LINE = { dead: [5, 4], partially: [9, 3], stripe: [7, 7] };

/** Return the size of symbols in pixels at a scale: they shrink where there is no room. */
export function symbolSize(scene, camera) {
  return Math.min(Math.max(scene.spacing * camera.scale * 0.3, 3), 9);
}

export class Painter {
  constructor(context, colours, numbers) {
    this.context = context;
    this.colours = colours;
    this.numbers = numbers;
  }

  /** Paint all; `marks` = {chosen, hovered: mRID of a switch, feeder: mRID of the one to bring out}. */
  paint(scene, camera, marks) {
    const { context } = this;
    context.fillStyle = this.colours.drawing;
    context.fillRect(0, 0, camera.width, camera.height);
    context.lineJoin = context.lineCap = "round";
    this.size = symbolSize(scene, camera);
    this.camera = camera;
    this.marks = marks;
    for (const section of scene.sections) this.#lines(section);
    for (const joint of [...scene.switches, ...scene.transformers]) this.#ways(joint);
    for (const section of scene.sections) this.#section(section, scene);
    for (const transformer of scene.transformers) this.#transformer(transformer);
    for (const one of scene.switches) this.#switch(one);
    this.#names(scene);
  }

  #colour(supply, which = 0) {
    if (supply.kind === "dead") return this.colours.dead;
    if (supply.kind === "upstream") return this.colours.upstream;
    return this.colours.feeders[this.numbers.get(supply.feeders[which]) ?? 0];
  }

  #faded(supply) {
    return Boolean(this.marks.feeder) && !supply.feeders.includes(this.marks.feeder);
  }

  /** Stroke a path as its supply says: a second colour in stripes for what two feeders feed. */
  #stroke(path, supply, width) {
    const { context } = this;
    context.globalAlpha = this.#faded(supply) ? 0.18 : 1;
    context.strokeStyle = this.#colour(supply);
    context.lineWidth = supply.kind === "dead" ? Math.max(width * 0.75, 1) : width;
    context.setLineDash(supply.kind === "dead" ? LINE.dead : supply.partially ? LINE.partially : []);
    context.stroke(path);
    if (supply.kind === "paralleled") {
      context.lineCap = "butt";
      context.setLineDash(LINE.stripe);
      context.strokeStyle = supply.feeders.length > 1 ? this.#colour(supply, 1) : this.colours.ink;
      context.stroke(path);
      context.lineCap = "round";
    }
    context.setLineDash([]);
    context.globalAlpha = 1;
  }

  #lines(section) {
    if (!section.points) return;
    const path = new Path2D();
    let seen = false;
    for (let i = 0; i + 1 < section.points.length; i += 2) {
      const [from, to] = [this.camera.toScreen(...section.points[i]), this.camera.toScreen(...section.points[i + 1])];
      if (!this.#mayShow(from, to)) continue;
      path.moveTo(...from);
      path.lineTo(...to);
      seen = true;
    }
    if (seen) this.#stroke(path, section.supply, Math.max(this.size * 0.32, 1.4));
  }

  #mayShow(from, to) {
    const { width, height } = this.camera;
    return Math.max(from[0], to[0]) > 0 && Math.min(from[0], to[0]) < width && Math.max(from[1], to[1]) > 0 && Math.min(from[1], to[1]) < height;
  }

  #ways(joint) {
    const ends = [joint.a, joint.b];
    joint.ways.forEach((way, i) => {
      const points = way.map((point) => this.camera.toScreen(...point));
      if (!points.some((point, at) => at && this.#mayShow(points[at - 1], point))) return;
      const path = new Path2D();
      points.forEach((point, at) => (at ? path.lineTo(...point) : path.moveTo(...point)));
      this.#stroke(path, ends[i].supply, Math.max(this.size * (joint.aside ? 0.16 : 0.28), 1));
    });
  }

  #section(section, scene) {
    const [x, y] = this.camera.toScreen(section.x, section.y);
    if (!this.camera.sees(x, y)) return;
    // where lines show the way, only sections with DER get a mark of their own
    if (scene.hasLines && !section.ders) return;
    const { context } = this;
    const radius = section.ders ? this.size * (0.42 + 0.1 * Math.min(Math.log2(1 + section.ders), 5)) : this.size * 0.3;
    const path = new Path2D();
    path.arc(x, y, Math.max(radius, 1.6), 0, 2 * Math.PI);
    context.globalAlpha = this.#faded(section.supply) ? 0.18 : 1;
    context.fillStyle = section.supply.kind === "dead" ? this.colours.drawing : this.#colour(section.supply);
    context.fill(path);
    context.globalAlpha = 1;
    if (section.supply.kind === "dead" || section.supply.kind === "paralleled") this.#stroke(path, section.supply, 1.6);
  }

  #transformer({ at, a }) {
    const [x, y] = this.camera.toScreen(...at);
    if (!this.camera.sees(x, y)) return;
    const { context } = this, radius = this.size * 0.75;
    for (const shift of [-0.55, 0.55]) {
      const path = new Path2D();
      path.arc(x, y + shift * radius, radius, 0, 2 * Math.PI);
      context.strokeStyle = a && a.supply.kind === "dead" ? this.colours.dead : this.colours.ink;
      context.lineWidth = Math.max(this.size * 0.2, 1);
      context.fillStyle = this.colours.drawing;
      if (shift < 0) context.fill(path);
      context.stroke(path);
    }
  }

  #switch(one) {
    const [x, y] = this.camera.toScreen(...one.at);
    if (!this.camera.sees(x, y)) return;
    const { context } = this, half = this.size * 0.55;
    const side = one.a && one.a.supply.kind !== "dead" ? one.a : one.b || one.a;
    context.globalAlpha = this.marks.feeder && ![one.a, one.b].some((end) => end && !this.#faded(end.supply)) ? 0.25 : 1;
    context.lineWidth = Math.max(this.size * 0.2, 1.2);
    context.strokeStyle = this.colours.ink;
    context.fillStyle = one.open ? this.colours.drawing : side && side.supply.kind === "fed" ? this.#colour(side.supply) : this.colours.ink;
    context.fillRect(x - half, y - half, 2 * half, 2 * half);
    context.strokeRect(x - half, y - half, 2 * half, 2 * half);
    if (one.abnormal || one.phases_open) this.#ring(x, y, half * 2.1, this.colours.warn, 2);
    if (one.mrid === this.marks.chosen) this.#ring(x, y, half * 2.1 + 4, this.colours.chosen, 2.5);
    else if (one.mrid === this.marks.hovered) this.#ring(x, y, half * 2.1 + 4, this.colours.dim, 1.5);
    context.globalAlpha = 1;
  }

  #ring(x, y, radius, colour, width) {
    const { context } = this;
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  /** Write the names of switches where there is room: the chosen and the abnormal ones at any scale, and first. */
  #names(scene) {
    const all = scene.spacing * this.camera.scale > (scene.isMap ? 60 : 40);
    const { context } = this;
    context.font = "11px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.lineWidth = 3;
    const isMarked = (one) => one.mrid === this.marks.chosen || one.abnormal;
    const seen = scene.switches.map((one) => [one, ...this.camera.toScreen(...one.at)]).filter(([, x, y]) => this.camera.sees(x, y));
    const wanted = [...seen.filter(([one]) => isMarked(one)), ...(all ? seen.filter(([one]) => !isMarked(one)) : [])];
    const taken = new Occupied();
    if (all) for (const [, x, y] of seen) taken.add(x - this.size * 0.6, x + this.size * 0.6, y);
    for (const [one, x, y] of wanted) {
      const left = x + this.size + 4, right = left + context.measureText(one.name).width;
      if (!isMarked(one) && !taken.isFree(left, right, y)) continue;
      taken.add(left, right, y);
      context.strokeStyle = this.colours.halo;
      context.strokeText(one.name, left, y);
      context.fillStyle = isMarked(one) ? this.colours.ink : this.colours.dim;
      context.fillText(one.name, left, y);
    }
  }
}

/** The stretches of the screen that are written on, by lines of a text's height. */
class Occupied {
  constructor() {
    this.lines = new Map();
  }

  #near(y) {
    const line = Math.round(y / TEXT_HEIGHT);
    return [line - 1, line, line + 1].flatMap((number) => this.lines.get(number) || []).filter((stretch) => Math.abs(stretch.y - y) < TEXT_HEIGHT);
  }

  isFree(left, right, y) {
    return !this.#near(y).some((stretch) => stretch.left < right && stretch.right > left);
  }

  add(left, right, y) {
    const line = Math.round(y / TEXT_HEIGHT);
    if (!this.lines.has(line)) this.lines.set(line, []);
    this.lines.get(line).push({ left, right, y });
  }
}
