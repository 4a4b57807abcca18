// The groups at the left: all with the number of their members, kept up to date by events.
import { pages } from "./client.js";
import { byId, byName, counted, element } from "./elements.js";
import { noticed } from "./notice.js";

const GROUPS_MOST = 5000;
const MEMBERS_MOST = 1000;

/** Return what a group stands for in a word or two. */
function kindOf(group) {
  const dimensions = Object.keys(group.key || {}).filter((dimension) => dimension !== "kind");
  return dimensions.length ? dimensions.join(", ").replaceAll("_", " ") : group.kind || "";
}

export class GroupList {
  /** `onChoose` is called with the mRID of a DER that was chosen among the members. */
  constructor(onChoose) {
    this.onChoose = onChoose;
    this.list = byId("groups");
    this.groups = new Map();
    this.rows = new Map();
    this.numbers = new Map();
    byId("group-filter").addEventListener("input", () => this.#filter());
  }

  /** Return a group by mRID, if it is known. */
  get(mrid) {
    return this.groups.get(mrid);
  }

  /** Use the colours of the drawing for groups of a feeder. */
  colour(numbers) {
    this.numbers = numbers;
    for (const [mrid, row] of this.rows) this.#colourChip(this.groups.get(mrid), row);
  }

  /** Read all groups anew; events that come meanwhile are kept and applied afterwards, unless they are known already. */
  async load() {
    this.pending ??= [];
    const asked = (this.asked = (this.asked || 0) + 1);
    const found = [];
    let more = false, whole = false;
    try {
      for await (const page of pages("/v1/groups", GROUPS_MOST)) {
        found.push(...page.items);
        more = Boolean(page.next);
      }
      whole = true;
    } finally {
      // of two readings at once the later one counts; one that failed leaves the list as it is
      if (asked === this.asked) {
        const late = this.pending;
        this.pending = null;
        if (whole) this.#show(found, more);
        for (const event of late) this.apply(event);
      }
    }
  }

  /** Take over what an event says of its group. */
  apply(event) {
    if (this.pending) return void this.pending.push(event);
    const { mrid, name } = event.group;
    const known = this.groups.get(mrid);
    if (known && event.sequence <= known.sequence) return undefined;
    if (event.verb === "deleted") return this.#remove(mrid);
    // a group that is not listed: the list is cut short on purpose, or something was missed
    if (!known && event.verb !== "created") return this.more ? undefined : void this.load();
    const before = known ? known.members : 0;
    const members = before + event.joined.length - event.left.length;
    const group = { ...(known || { mrid }), name, version: event.version, sequence: event.sequence, members };
    this.groups.set(mrid, group);
    if (!known) this.#insert(group);
    else this.#update(group, members - before);
    return this.#count();
  }

  #show(groups, more) {
    const sorted = groups.sort((one, other) => byName(one.name, other.name) || byName(one.mrid, other.mrid));
    this.groups = new Map(sorted.map((group) => [group.mrid, group]));
    const opened = new Set([...this.rows].filter(([, row]) => row.classList.contains("open")).map(([mrid]) => mrid));
    this.rows = new Map(sorted.map((group) => [group.mrid, this.#row(group)]));
    this.list.replaceChildren(...this.rows.values());
    for (const mrid of opened) if (this.rows.has(mrid)) this.#toggle(mrid);
    this.more = more;
    this.#filter();
    this.#count();
  }

  #count() {
    byId("groups-count").textContent = `${this.more ? "first " : ""}${this.groups.size.toLocaleString("en")}`;
    const empty = byId("groups-empty");
    empty.hidden = this.groups.size > 0;
    empty.textContent = "No groups yet. A template makes one group for each feeder: POST /v1/templates with {\"by\": [\"feeder\"]}.";
  }

  #row(group) {
    const button = element(
      "button",
      { type: "button", class: "row", "aria-expanded": "false", title: `${group.name}\n${group.mrid}\nversion ${group.version}`, on: { click: () => this.#toggle(group.mrid) } },
      element("span", { class: "chip none" }),
      element("span", { class: "name" }, group.name),
      element("span", { class: "kind" }, kindOf(group)),
      element("span", { class: "count" }, group.members.toLocaleString("en")),
    );
    const row = element("li", { "data-mrid": group.mrid, "data-name": group.name }, button);
    this.#colourChip(group, row);
    return row;
  }

  #colourChip(group, row) {
    const feeder = group?.key?.feeder;
    const number = this.numbers.get(feeder?.mrid ?? feeder);
    const chip = row.querySelector(".chip");
    chip.classList.toggle("none", number === undefined);
    if (number === undefined) delete chip.dataset.colour;
    else chip.dataset.colour = number;
  }

  #insert(group) {
    const row = this.#row(group);
    this.rows.set(group.mrid, row);
    const after = [...this.list.children].find((other) => byName(other.dataset.name, group.name) > 0);
    this.list.insertBefore(row, after || null);
    this.#filter();
  }

  #update(group, difference) {
    const row = this.rows.get(group.mrid), count = row.querySelector(".count");
    count.textContent = group.members.toLocaleString("en");
    delete count.dataset.change;
    void count.offsetWidth; // the animation starts again only after the browser has seen it gone
    if (difference) count.dataset.change = difference > 0 ? "up" : "down";
    row.querySelector(".row").title = `${group.name}\n${group.mrid}\nversion ${group.version}`;
    if (row.classList.contains("open")) this.#members(group.mrid, row);
  }

  #remove(mrid) {
    this.groups.delete(mrid);
    this.rows.get(mrid)?.remove();
    this.rows.delete(mrid);
    this.#count();
  }

  #toggle(mrid) {
    const row = this.rows.get(mrid);
    const open = row.classList.toggle("open");
    row.querySelector(".row").setAttribute("aria-expanded", String(open));
    if (open) this.#members(mrid, row);
    else row.querySelector(".members")?.remove();
  }

  async #members(mrid, row) {
    const asked = (row.asked = (row.asked || 0) + 1);
    const members = [];
    let more = false;
    await noticed(async () => {
      for await (const page of pages(`/v1/groups/${encodeURIComponent(mrid)}/members`, MEMBERS_MOST)) {
        members.push(...page.items);
        more = Boolean(page.next);
      }
    });
    // only the newest answer counts, and only while the group is still open
    if (row.asked !== asked || !row.classList.contains("open")) return;
    members.sort((one, other) => byName(one.name, other.name));
    const lines = members.map((member) => element("li", { "data-mrid": member.mrid, title: member.mrid }, element("button", { type: "button", on: { click: () => this.onChoose(member.mrid) } }, member.name), element("span", { class: "kind" }, member.kind)));
    if (!members.length) lines.push(element("li", { class: "dim" }, "No members now"));
    if (more) lines.push(element("li", { class: "dim" }, `The first ${counted(members.length, "member")} are shown`));
    row.querySelector(".members")?.remove();
    row.append(element("ul", { class: "members" }, ...lines));
  }

  #filter() {
    const wanted = byId("group-filter").value.trim().toLowerCase();
    for (const row of this.rows.values()) row.hidden = !row.dataset.name.toLowerCase().includes(wanted);
  }
}
