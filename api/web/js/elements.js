// Elements of the page, made in a line. Text is always text: nothing a model says becomes markup.

/** Make an element; children are elements or texts. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") for (const [event, does] of Object.entries(value)) made.addEventListener(event, does);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

/** Return the element with an id. */
export const byId = (id) => document.getElementById(id);

/** Write a number with its noun. */
export const counted = (n, one, many = `${one}s`) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;

/** Compare names as people count: S1-F2 before S1-F10. */
export const byName = new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare;
