// The network in the middle of the page: drawn, moved, looked closer at, and asked for its switches.
import { Camera } from "./camera.js";
import { colourNumbers, scheme } from "./colours.js";
import { byId, byName, counted, element } from "./elements.js";
import { Painter, symbolSize } from "./paint.js";
import { Scene } from "./scene.js";

const CLICK_PX = 14;

export class NetworkDrawing {
  /** `onChoose` is called with the mRID of a switch that was clicked. */
  constructor(onChoose) {
    this.canvas = byId("network");
    this.onChoose = onChoose;
    this.camera = new Camera();
    this.marks = {};
    this.numbers = new Map();
    this.#listen();
  }

  /** Show a document; places and colours stay while the model is the same. */
  show(document) {
    const model = document.model ? document.model.id : null;
    const changed = !this.scene || this.model !== model;
    this.model = model;
    this.scene = new Scene(document);
    if (changed) {
      this.numbers = colourNumbers(document);
      this.#legend(document);
      this.fit();
    }
    byId("network-empty").hidden = Boolean(document.sections.length);
    byId("network-empty").textContent = document.model ? "The active model has no nodes." : "No network model is active yet. Load one with POST /v1/models, or give one to topogroup serve.";
    this.canvas.setAttribute("aria-label", `Network of ${counted(document.sections.length, "section")} and ${counted(document.switches.length, "switch", "switches")}, coloured by feeder`);
    this.draw();
  }

  /** Mark a switch as chosen; `reveal` brings it into view. */
  choose(mrid, reveal = false) {
    this.marks.chosen = mrid;
    const found = this.scene?.switches.find((one) => one.mrid === mrid);
    if (found && reveal) {
      const wanted = (this.scene.isMap ? 70 : 50) / this.scene.spacing;
      if (this.camera.scale < wanted / 3) this.camera.zoom(wanted / 3 / this.camera.scale);
      if (!this.#comfortable(found)) this.camera.centre(...found.at);
    }
    this.draw();
  }

  #comfortable(one) {
    return this.camera.sees(...this.camera.toScreen(...one.at), -60);
  }

  fit() {
    if (this.scene) this.camera.fit(this.scene.document.bounds, document.querySelector(".legend").offsetHeight);
    this.draw();
  }

  zoom(factor, x, y) {
    this.camera.zoom(factor, x, y);
    this.draw();
  }

  /** Paint once before the next picture of the screen, however often it is asked for. */
  draw() {
    if (this.waiting || !this.scene) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = null;
      const context = this.canvas.getContext("2d");
      const ratio = devicePixelRatio || 1;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this.colours ??= scheme();
      new Painter(context, this.colours, this.numbers).paint(this.scene, this.camera, this.marks);
    });
  }

  #resize() {
    const { width, height } = this.canvas.getBoundingClientRect();
    const first = this.camera.width <= 1;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.max(Math.round(width * ratio), 1);
    this.canvas.height = Math.max(Math.round(height * ratio), 1);
    if (!first) this.camera.move((width - this.camera.width) / 2, (height - this.camera.height) / 2);
    this.camera.width = width;
    this.camera.height = height;
    if (first && this.scene) this.fit();
    this.draw();
  }

  #legend(document) {
    const feeders = [...document.feeders].sort((one, other) => byName(one.name, other.name));
    const bring = (mrid) => () => {
      this.marks.feeder = mrid;
      this.draw();
    };
    byId("feeders").replaceChildren(
      ...feeders.map((feeder) =>
        element("li", { "data-mrid": feeder.mrid, on: { mouseenter: bring(feeder.mrid), mouseleave: bring(null) } }, element("span", { class: "chip", "data-colour": this.numbers.get(feeder.mrid) }), feeder.name),
      ),
    );
  }

  #nearest(x, y) {
    let best = null, least = Math.max(CLICK_PX, symbolSize(this.scene, this.camera) * 1.4) ** 2;
    for (const one of this.scene.switches) {
      const [atX, atY] = this.camera.toScreen(...one.at);
      const distance = (atX - x) ** 2 + (atY - y) ** 2;
      if (distance < least) [best, least] = [one, distance];
    }
    return best;
  }

  #point(event) {
    const box = this.canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  #hover(x, y) {
    const found = this.scene ? this.#nearest(x, y) : null;
    const tip = byId("tip");
    this.canvas.classList.toggle("on-switch", Boolean(found));
    tip.hidden = !found;
    if (found) {
      const state = found.phases_open ? `open on phase ${found.phases_open}` : found.open ? "open" : "closed";
      tip.textContent = `${found.name}\n${found.class}, ${state}${found.abnormal ? ", not its normal state" : ""}`;
      const left = Math.min(x + 14, this.camera.width - tip.offsetWidth - 8), top = Math.min(y + 14, this.camera.height - tip.offsetHeight - 8);
      tip.style.transform = `translate(${left}px, ${top}px)`;
    }
    if (this.marks.hovered !== found?.mrid) {
      this.marks.hovered = found?.mrid;
      this.draw();
    }
  }

  #listen() {
    const fingers = new Map();
    let moved = 0;
    this.canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), ...this.#point(event));
    }, { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => {
      this.canvas.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, this.#point(event));
      if (fingers.size === 1) moved = 0;
    });
    this.canvas.addEventListener("pointermove", (event) => {
      const [x, y] = this.#point(event), before = fingers.get(event.pointerId);
      if (!before) return this.#hover(x, y);
      moved += Math.abs(x - before[0]) + Math.abs(y - before[1]);
      if (fingers.size === 2) this.#pinch(fingers, event.pointerId, [x, y]);
      else if (moved > 4) this.camera.move(x - before[0], y - before[1]);
      fingers.set(event.pointerId, [x, y]);
      this.canvas.classList.toggle("dragging", moved > 4);
      byId("tip").hidden = true;
      return this.draw();
    });
    const end = (event) => {
      const alone = fingers.size === 1;
      fingers.delete(event.pointerId);
      this.canvas.classList.remove("dragging");
      if (event.type !== "pointerup" || !alone || moved > 4 || !this.scene) return;
      const found = this.#nearest(...this.#point(event));
      if (found) this.onChoose(found.mrid);
    };
    this.canvas.addEventListener("pointerup", end);
    this.canvas.addEventListener("pointercancel", end);
    this.canvas.addEventListener("pointerleave", () => { byId("tip").hidden = true; });
    this.canvas.addEventListener("keydown", (event) => this.#key(event));
    byId("fit").addEventListener("click", () => this.fit());
    byId("nearer").addEventListener("click", () => this.zoom(1.5));
    byId("farther").addEventListener("click", () => this.zoom(1 / 1.5));
    new ResizeObserver(() => this.#resize()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      this.colours = null;
      this.draw();
    });
  }

  #pinch(fingers, id, now) {
    const [other] = [...fingers].filter(([key]) => key !== id).map(([, point]) => point);
    const before = fingers.get(id);
    const apart = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
    this.camera.zoom(apart(now) / apart(before), ...other);
  }

  #key(event) {
    const step = 60;
    const does = {
      "+": () => this.zoom(1.3), "=": () => this.zoom(1.3), "-": () => this.zoom(1 / 1.3), 0: () => this.fit(),
      ArrowLeft: () => this.camera.move(step, 0), ArrowRight: () => this.camera.move(-step, 0),
      ArrowUp: () => this.camera.move(0, step), ArrowDown: () => this.camera.move(0, -step),
    }[event.key];
    if (!does || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    does();
    this.draw();
  }
}
