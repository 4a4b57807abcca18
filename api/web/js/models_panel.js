// The versions of the model: the active one with its findings, and the others with a button to activate them.
import { pages, read, send } from "./client.js";
import { byId, byName, counted, element } from "./elements.js";
import { noticed } from "./notice.js";

const MODELS_MOST = 1000;
const FINDINGS_SHOWN = 100;

export class ModelsPanel {
  /** `activated` is called once another version is the active one. */
  constructor(activated) {
    this.activated = activated;
    this.details = byId("models");
    this.body = byId("models-body");
    this.details.addEventListener("toggle", () => this.refresh());
  }

  /** Read the versions again, while they are shown. */
  refresh() {
    if (this.details.open && !this.asking) return noticed(() => this.#load());
    return undefined;
  }

  /** Take over the active model of the network that is shown, with its number of DER. */
  show(model, ders) {
    const changed = this.model !== model?.id || this.ders !== ders;
    this.model = model?.id;
    this.ders = ders;
    if (changed) this.refresh();
  }

  async #load() {
    const turn = (this.turn = (this.turn || 0) + 1), found = [];
    for await (const page of pages("/v1/models", MODELS_MOST)) found.push(...page.items);
    const active = found.find((one) => one.state === "active");
    const report = active ? await read(`/v1/models/${encodeURIComponent(active.id)}/report`) : null;
    if (turn !== this.turn || this.asking) return;
    // what is shown already stays as it is, so that the keyboard keeps its place
    const said = JSON.stringify([found, report?.findings, this.ders]);
    if (said === this.shown) return;
    this.shown = said;
    found.sort((one, other) => (other === active) - (one === active) || byName(one.name, other.name));
    const rows = found.map((one) => this.#row(one, active));
    if (!rows.length) rows.push(element("li", { class: "dim" }, "No network model yet."));
    this.body.replaceChildren(element("ul", { id: "model-versions" }, ...rows), ...(report ? this.#findings(report.findings) : []));
  }

  #row(one, active) {
    const more = one === active && one.id === this.model ? `, ${counted(this.ders, "DER", "DER")}` : "";
    const row = element("li", { "data-id": one.id, title: one.id }, element("span", { class: "name" }, one.name), element("span", { class: "kind" }, one.state + more));
    if (one.state === "ready") row.append(element("button", { type: "button", on: { click: () => this.#ask(row, one, active) } }, "Activate"));
    return row;
  }

  /** Ask once more, in words that say what would happen. */
  #ask(row, one, active) {
    this.asking = true;
    this.shown = null;
    const end = () => {
      this.asking = false;
      return this.refresh();
    };
    const yes = element("button", { type: "button", class: "yes", on: { click: () => noticed(async () => {
      yes.disabled = true;
      try {
        await send(`/v1/models/${encodeURIComponent(one.id)}/activate`, {});
        await this.activated();
      } finally {
        await end();
      }
    }) } }, "Activate");
    const no = element("button", { type: "button", on: { click: end } }, "Cancel");
    const said = `Make ${one.name} the active model${active ? ` instead of ${active.name}` : ""}? All groups follow in one revision.`;
    this.body.querySelectorAll("button").forEach((button) => { button.disabled = true; });
    row.append(element("p", { class: "confirm", role: "alertdialog", "aria-label": said }, said, " ", yes, " ", no));
    no.focus();
  }

  /** Show findings by code and severity, each with its number and its first message. */
  #findings(findings) {
    const kinds = new Map();
    for (const one of findings) {
      const key = `${one.code} ${one.severity}`, known = kinds.get(key);
      if (known) known.count += 1;
      else kinds.set(key, { ...one, count: 1 });
    }
    const shown = [...kinds.values()].slice(0, FINDINGS_SHOWN);
    const rows = shown.map((one) => element("li", { "data-code": one.code }, element("b", { class: one.severity }, `${one.code}, ${one.severity}, ${one.count.toLocaleString("en")}`), element("span", {}, one.message)));
    if (kinds.size > shown.length) rows.push(element("li", { class: "dim" }, `and ${kinds.size - shown.length} more codes`));
    if (!rows.length) rows.push(element("li", { class: "dim" }, "No findings."));
    return [element("h3", {}, "Findings"), element("ul", { id: "model-findings" }, ...rows)];
  }
}
