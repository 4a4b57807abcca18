// The events at the right: the stream of the service, one plain sentence each, newest first.
import { byId, counted, element } from "./elements.js";

const SHOWN_MOST = 400;
const RETRY_MS = 3000;
const VERBS = ["created", "changed", "executed", "deleted"];
const CAUSES = { device: "temporary device", model: "another network model", definition: "new definition", restart: "restart", hold_off: "hold-off", restore: "restore" };

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** Return why an event happened, in a few words. */
export function causeOf(event, switchName) {
  const { kind, operations = [] } = event.cause || {};
  if (kind !== "switching" || !operations.length) return CAUSES[kind] || (kind || "").replaceAll("_", " ");
  const said = operations.slice(0, 2).map((one) => `switch ${switchName(one.switch)} ${one.open ? "opened" : "closed"}${one.phases ? ` on phase ${one.phases}` : ""}`);
  if (operations.length > 2) said.push(`${operations.length - 2} more`);
  return said.join(", ");
}

/** Return what an event says, without time and cause. */
export function sentenceOf(event, group) {
  const dimensions = Object.keys(group?.key || {});
  const subject = dimensions.length === 1 ? dimensions[0].replaceAll("_", " ") : "group";
  const { name } = event.group;
  if (event.verb === "created") return `${subject} ${name}: new, ${counted(event.joined.length, "member")}`;
  if (event.verb === "deleted") return `${subject} ${name}: gone, it had ${counted(event.left.length, "member")}`;
  return `${subject} ${name}: ${event.left.length} left, ${event.joined.length} joined`;
}

export class EventStream {
  /** `heard` = {event(document), resync(), groupOf(mRID), switchName(mRID)}. */
  constructor(heard) {
    this.heard = heard;
    this.last = null;
    this.broken = false;
    this.number = 0;
  }

  /** Connect; the browser connects again by itself as long as the service answers, afterwards we do. */
  connect() {
    this.#say("connecting", this.broken ? "connecting again" : "connecting");
    const source = new EventSource(this.last ? `/v1/events?after=${encodeURIComponent(this.last)}` : "/v1/events");
    source.addEventListener("open", () => {
      this.#say("live", "live");
      if (this.broken) this.heard.resync();
      this.broken = false;
    });
    source.addEventListener("error", () => {
      this.broken = true;
      this.#say("lost", "connection lost");
      if (source.readyState === EventSource.CLOSED) setTimeout(() => this.connect(), RETRY_MS);
    });
    for (const verb of VERBS) source.addEventListener(verb, (message) => this.#take(message));
    source.addEventListener("resync", (message) => {
      this.last = message.lastEventId || null;
      this.#note("The service no longer has all events since then; everything was read anew.");
      this.heard.resync();
    });
  }

  #say(state, text) {
    const status = byId("connection");
    status.dataset.state = state;
    status.textContent = text;
  }

  #take(message) {
    if (message.lastEventId) this.last = message.lastEventId;
    const event = JSON.parse(message.data);
    const known = this.heard.groupOf(event.group.mrid);
    this.heard.event(event);
    const cause = causeOf(event, this.heard.switchName);
    const at = new Date(event.at);
    this.#add(
      element(
        "li",
        { "data-id": event.id, "data-verb": event.verb, "data-group": event.group.mrid, title: `revision ${event.revision}, version ${event.version}` },
        element("time", { datetime: event.at }, clock.format(at)),
        sentenceOf(event, this.heard.groupOf(event.group.mrid) || known),
        cause ? element("span", { class: "cause" }, ` (${cause})`) : null,
      ),
    );
  }

  #note(text) {
    this.#add(element("li", { class: "note" }, element("time", {}, clock.format(new Date())), text));
  }

  #add(line) {
    const list = byId("events");
    list.prepend(line);
    while (list.children.length > SHOWN_MOST) list.lastElementChild.remove();
    this.number += 1;
    byId("events-count").textContent = this.number.toLocaleString("en");
    byId("events-empty").hidden = true;
  }
}
