// The switch that was chosen: what is known of it, and the button that operates it.
import { read, send } from "./client.js";
import { byId, byName, counted, element } from "./elements.js";
import { noticed, notice } from "./notice.js";

const CHOICES_MOST = 30;
const GROUPS_SHOWN = 12;

/** Return a word for this page that no other page and no earlier visit has. */
const visit = crypto.getRandomValues(new Uint32Array(3)).join("-");

export class SwitchPanel {
  /** `does` = {choose(mRID), operated()}. */
  constructor(does) {
    this.does = does;
    this.panel = byId("switch-panel");
    this.search = byId("switch-search");
    this.switches = [];
    this.sequence = 0;
    this.search.addEventListener("input", () => this.#offer());
    this.search.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.#find(this.search.value.trim());
    });
  }

  /** Take over the switches of a document; the chosen one is shown as it is now. */
  show(switches) {
    this.switches = switches;
    if (this.mrid) this.#render();
  }

  /** Return the name of a switch. */
  nameOf(mrid) {
    return this.switches.find((one) => one.mrid === mrid)?.name ?? mrid;
  }

  /** Show a switch. */
  choose(mrid) {
    if (this.mrid !== mrid) this.outcome = null;
    this.mrid = mrid;
    this.#render();
  }

  #offer() {
    const wanted = this.search.value.trim().toLowerCase();
    const found = wanted ? this.#matching(wanted).slice(0, CHOICES_MOST) : [];
    byId("switch-names").replaceChildren(...found.map((one) => element("option", { value: one.name })));
  }

  #matching(wanted) {
    return this.switches.filter((one) => one.name.toLowerCase().includes(wanted)).sort((one, other) => byName(one.name, other.name));
  }

  #find(text) {
    if (!text) return;
    const wanted = text.toLowerCase();
    const exact = this.switches.filter((one) => one.mrid.toLowerCase() === wanted || one.name === text);
    const found = exact.length ? exact : this.#matching(wanted);
    const same = found.filter((one) => one.name.toLowerCase() === wanted);
    const one = same[0] || found[0];
    if (!one) notice(new Error(`No switch is named “${text}”.`));
    else this.does.choose(one.mrid, true);
  }

  #render() {
    const one = this.switches.find((other) => other.mrid === this.mrid);
    if (!one) {
      this.panel.replaceChildren(element("p", { class: "empty" }, "This switch is not in the active model."));
      delete this.panel.dataset.mrid;
      return;
    }
    const abnormal = one.open !== one.normal_open;
    const state = one.phases_open ? `open on phase ${one.phases_open}` : one.open ? "open" : "closed";
    const rows = [
      ["State", element("span", { class: `state${abnormal ? " abnormal" : ""}` }, state + (abnormal ? " – not its normal state" : ""))],
      ["Normally", one.normal_open ? "open" : "closed"],
      ["Class", one.class],
      ["Known from", element("span", { id: "switch-source" }, "…")],
      ["Further names", element("span", { id: "switch-names-further" }, "…")],
      ["mRID", element("span", { class: "mrid" }, one.mrid)],
    ];
    const label = one.open ? "Close" : "Open";
    const button = element("button", { id: "operate", type: "button", disabled: Boolean(this.busy), "data-open": String(!one.open), on: { click: () => this.#operate(one) } }, label);
    this.panel.replaceChildren(
      element("h3", {}, one.name),
      element("dl", {}, ...rows.flatMap(([term, value]) => [element("dt", {}, term), element("dd", {}, value)])),
      button,
    );
    if (this.outcome) this.panel.append(this.outcome);
    Object.assign(this.panel.dataset, { mrid: one.mrid, open: String(one.open) });
    this.#source(one.mrid);
    this.#names(one.mrid);
  }

  /** Say who reported the state, and when. */
  async #source(mrid) {
    let text = "unknown";
    try {
      const { source, at, quality } = await read(`/v1/switches/${encodeURIComponent(mrid)}`);
      text = source + (at ? `, ${new Date(at).toLocaleString()}` : "") + (quality && quality !== "good" ? `, quality ${quality}` : "");
    } catch {
      // the panel is as good without this line
    }
    const place = byId("switch-source");
    if (place && this.mrid === mrid) place.textContent = text;
  }

  /** Say what else the switch is called: in the model, and in the alias tables of the sources. */
  async #names(mrid) {
    let text = "unknown";
    try {
      const { items } = await read(`/v1/switches/${encodeURIComponent(mrid)}/names`);
      text = items.map(({ name, source, type, phases }) => `${name} (${[source ?? "model", type, phases && `phase ${phases}`].filter(Boolean).join(", ")})`).join("; ") || "–";
    } catch {
      // the panel is as good without this line
    }
    const place = byId("switch-names-further");
    if (place && this.mrid === mrid) place.textContent = text;
  }

  async #operate(one) {
    if (this.busy) return;
    this.busy = true;
    byId("operate").disabled = true;
    const operations = [{ switch: one.mrid, open: !one.open }];
    this.sequence += 1;
    const body = { source: "page", sequence: `${visit}-${this.sequence}`, operations };
    await noticed(async () => {
      const answer = await send("/v1/switching", body);
      for (const item of answer.rejected) notice(new Error(item.message));
      this.outcome = this.#outcomeOf(answer, one);
      await this.does.operated();
    });
    this.busy = false;
    this.#render();
  }

  #outcomeOf(answer, one) {
    const said = answer.applied ? `${one.name} ${one.open ? "closed" : "opened"} in revision ${answer.revision}: ${counted(answer.ders_changed, "DER", "DER")} changed group.` : "Nothing changed.";
    const shown = answer.groups.slice(0, GROUPS_SHOWN).map((group) =>
      element(
        "li",
        { "data-mrid": group.mrid },
        element("span", { title: group.name }, group.name),
        element("span", {}, element("span", { class: "left" }, `${group.left} left`), element("span", { class: "joined" }, `${group.joined} joined`)),
      ),
    );
    if (answer.groups.length > GROUPS_SHOWN) shown.push(element("li", { class: "dim" }, `and ${answer.groups.length - GROUPS_SHOWN} more groups`));
    return element("div", { class: "outcome", id: "outcome" }, said, element("ul", {}, ...shown));
  }
}
