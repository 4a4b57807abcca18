// The page: reads the network and its groups, follows the events, and keeps the parts together.
import { readUnlessSame } from "./client.js";
import { byId, counted, element } from "./elements.js";
import { DerPanel } from "./der_panel.js";
import { EventStream } from "./events.js";
import { GroupList } from "./groups.js";
import { ModelsPanel } from "./models_panel.js";
import { NetworkDrawing } from "./network.js";
import { noticed } from "./notice.js";
import { signs } from "./signs.js";
import { SwitchPanel } from "./switch_panel.js";

const GATHER_MS = 120;
const LOOK_MS = 10000;

const ders = new DerPanel();
const models = new ModelsPanel(() => loadAll());
const groups = new GroupList((mrid) => ders.choose(mrid));
const panel = new SwitchPanel({ choose, operated: () => loadNetwork() });
const drawing = new NetworkDrawing((mrid) => choose(mrid));
const stream = new EventStream({
  event: (event) => {
    groups.apply(event);
    soon();
  },
  resync: () => noticed(loadAll),
  groupOf: (mrid) => groups.get(mrid),
  switchName: (mrid) => panel.nameOf(mrid),
});

let tag = null, waiting = null, loading = null;

function choose(mrid, reveal = false) {
  panel.choose(mrid);
  drawing.choose(mrid, reveal);
}

/** Read the network once for a burst of events. */
function soon() {
  waiting ??= setTimeout(() => {
    waiting = null;
    noticed(loadNetwork);
  }, GATHER_MS);
}

/** Read the network and show it, unless it is what is shown; a second call waits for the first. */
async function loadNetwork() {
  const before = loading;
  loading = (async () => {
    await before?.catch(() => {});
    const found = await readUnlessSame("/v1/network", tag);
    if (!found) return;
    tag = found.tag;
    show(found.document);
  })();
  return loading;
}

async function loadAll() {
  tag = null;
  await Promise.all([loadNetwork(), groups.load()]);
}

function show(network) {
  byId("model").textContent = network.model ? network.model.name : "no model";
  byId("revision").textContent = network.revision;
  drawing.show(network);
  panel.show(network.switches);
  groups.colour(drawing.numbers);
  noticed(() => ders.refresh());
  models.show(network.model, network.sections.reduce((total, section) => total + section.ders, 0));
  count(network);
}

function count({ sections, switches, feeders }) {
  const sum = (some) => some.reduce((total, section) => total + section.ders, 0);
  const dead = sum(sections.filter((section) => !section.energised));
  const abnormal = switches.filter((one) => one.open !== one.normal_open).length;
  const numbers = [
    ["DER", sum(sections), "ders"],
    ["feeders", feeders.length, "feeders"],
    ["switches", switches.length, "switches"],
    ["abnormal", abnormal, "abnormal"],
    ["DER unsupplied", dead, "unsupplied"],
  ];
  const alarming = new Set(["abnormal", "unsupplied"]);
  byId("counts").replaceChildren(
    ...numbers.map(([noun, n, key]) => element("div", { class: n && alarming.has(key) ? "alarm" : null, "data-count": key }, element("dt", {}, noun), element("dd", {}, n.toLocaleString("en")))),
  );
  document.title = dead ? `topogroup – ${counted(dead, "DER", "DER")} unsupplied` : "topogroup";
}

signs(byId("signs"));
stream.connect();
noticed(loadAll);
// a switch that moves no DER makes no event: look now and then whether something is new
setInterval(() => {
  if (!document.hidden && byId("connection").dataset.state === "live") {
    noticed(loadNetwork);
    models.refresh();
  }
}, LOOK_MS);
