// The legend of signs: what the kinds of lines and symbols mean.
import { element } from "./elements.js";

const SVG = "http://www.w3.org/2000/svg";
const INK = "currentColor";

function shape(name, attributes) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

const line = (more) => shape("path", { d: "M1 6h20", fill: "none", stroke: INK, "stroke-width": 2.5, ...more });
const square = (fill) => shape("rect", { x: 7.5, y: 2.5, width: 7, height: 7, fill, stroke: INK, "stroke-width": 1.5 });

const SIGNS = [
  ["closed", () => [square(INK)]],
  ["open", () => [square("none")]],
  ["not normal", () => [shape("circle", { cx: 11, cy: 6, r: 5, fill: "none", stroke: "var(--warn)", "stroke-width": 1.8 }), shape("rect", { x: 9, y: 4, width: 4, height: 4, fill: INK })]],
  ["above all feeders", () => [line({ stroke: "var(--upstream)" })]],
  ["two feeders at once", () => [line({ stroke: "var(--f0)" }), line({ stroke: "var(--f1)", "stroke-dasharray": "4 4" })]],
  ["some phase dead", () => [line({ stroke: "var(--f2)", "stroke-dasharray": "6 2.5" })]],
  ["unsupplied", () => [line({ stroke: "var(--dead)", "stroke-width": 2, "stroke-dasharray": "3 3" })]],
];

/** Fill a list with the signs. */
export function signs(list) {
  list.replaceChildren(
    ...SIGNS.map(([text, draw]) => {
      const picture = shape("svg", { class: "sign", viewBox: "0 0 22 12", "aria-hidden": "true" });
      picture.append(...draw());
      return element("li", {}, picture, text);
    }),
  );
}
