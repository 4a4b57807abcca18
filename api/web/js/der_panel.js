// The DER that was chosen: its nameplate in the units that people use, and where it hangs now and normally.
import { read } from "./client.js";
import { byId, element } from "./elements.js";
import { noticed } from "./notice.js";

const UNKNOWN = "–";
const PLACES = [["Substation", "substations"], ["Transformer", "transformers"], ["Feeder", "feeders"], ["LV feeder", "lv_feeders"], ["Service transformer", "service_transformers"]];

/** Write a number of a base unit in thousands, such as W as kW. */
const kilo = (value, unit) => (value == null ? UNKNOWN : `${(value / 1000).toLocaleString("en", { maximumFractionDigits: 3 })} k${unit}`);

const names = (items) => items.map((one) => one.name || one.mrid).join(", ") || UNKNOWN;

/** Return the rows of a nameplate: term and text. */
function nameplateRows({ nameplate: plate, kind, phases, end_devices: devices }) {
  const reactive = plate.q_min_var == null && plate.q_max_var == null ? UNKNOWN : `${kilo(plate.q_min_var, "var")} to ${kilo(plate.q_max_var, "var")}`;
  return [
    ["Kind", kind.replaceAll("_", " ")],
    ["Rated power", kilo(plate.p_max_w, "W")],
    ["Least power", kilo(plate.p_min_w, "W")],
    ["Apparent power", kilo(plate.s_rated_va, "VA")],
    ["Reactive power", reactive],
    ["Storage", kilo(plate.energy_rated_wh, "Wh")],
    ["IEEE 1547 normal", plate.category_normal || UNKNOWN],
    ["IEEE 1547 abnormal", plate.category_abnormal || UNKNOWN],
    ["Phases", phases || UNKNOWN],
    ["Voltage", kilo(plate.voltage_v, "V")],
    ["End devices", names(devices)],
  ];
}

/** Return the rows of where a DER hangs; one line where it hangs now as it does normally. */
function placeRows({ current, normal }) {
  const rows = [["Supply", current.energisation.replaceAll("_", " "), normal.energisation.replaceAll("_", " ")]];
  for (const [term, key] of PLACES) rows.push([term, names(current[key]), names(normal[key])]);
  return rows.flatMap(([term, now, normally]) => (now === normally ? [[term, now]] : [[`${term} now`, now], [`${term} normally`, normally]]));
}

const list = (id, rows) => element("dl", { id }, ...rows.flatMap(([term, text]) => [element("dt", {}, term), element("dd", {}, text)]));

export class DerPanel {
  constructor() {
    this.panel = byId("der-panel");
    byId("der-close").addEventListener("click", () => this.#close());
  }

  /** Show a DER by mRID. */
  choose(mrid) {
    this.mrid = mrid;
    return noticed(() => this.#load());
  }

  /** Show the chosen DER as it is now; one that left the model is said to be gone. */
  async refresh() {
    if (this.mrid) await this.#load().catch((error) => this.#gone(error));
  }

  #gone(error) {
    if (error.status === 404 || error.status === 409) this.panel.replaceChildren(element("p", { class: "empty" }, "This DER is not in the active model."));
  }

  #close() {
    this.mrid = null;
    byId("der").hidden = true;
    byId("group-filter").focus();
  }

  async #load() {
    const asked = this.mrid, turn = (this.turn = (this.turn || 0) + 1);
    const der = await read(`/v1/ders/${encodeURIComponent(asked)}`);
    // only the newest answer counts
    if (this.mrid !== asked || this.turn !== turn) return;
    byId("der").hidden = false;
    this.panel.dataset.mrid = der.mrid;
    this.panel.replaceChildren(
      element("h3", {}, der.name),
      list("der-nameplate", nameplateRows(der)),
      list("der-places", placeRows(der)),
      element("span", { class: "mrid" }, der.mrid),
    );
  }
}
