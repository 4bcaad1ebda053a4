// The road of a message: what became of one thing that somebody said, step by step.

import { ask, attempt, byId, clean, el, recordLink, soon, time } from "./dom.js";

const open = { room: null, message: null };

/** Shows the road of a message of this room. */
export async function showRoad(room, message) {
  Object.assign(open, { room, message });
  await load();
}

/** Looks again, if a road is open. */
export const roadSoon = soon(load, 400);

async function load() {
  const { room, message } = open;
  if (!message) {
    byId("road").replaceChildren(el("p", { class: "quiet", text: "Choose a message to see what became of it." }));
    return;
  }
  const query = `?place=${encodeURIComponent(room)}`;
  const road = await attempt(() => ask("GET", `/road/${encodeURIComponent(message)}${query}`));
  if (message !== open.message) return;
  if (!road) {
    byId("road").replaceChildren(el("p", { class: "quiet", text: "This message has not been acted upon yet." }));
    return;
  }
  byId("road").replaceChildren(draw(road));
}

function draw(road) {
  const message = road.message;
  return el(
    "ol",
    { class: "road" },
    step("Stored", true, [
      el("blockquote", { text: clean(message.text) || "(taken back)" }),
      el("p", { class: "quiet" }, `${clean(message.author.name)} in ${clean(message.place)}, `, time(message.at), ` · ${message.id}`),
    ]),
    step("Names found", road.named.length, [
      el("ul", {}, road.named.map((record) => el("li", {}, recordLink(record.key, record.title)))),
    ], "No record is named in it."),
    step("On timelines", road.interactions.length, [
      el("ul", {}, road.interactions.map(({ record, interaction }) =>
        el("li", {}, el("span", { class: "badge", text: interaction.kind }), " ", record ? recordLink(record.key, record.title) : "a record", " ", time(interaction.at)))),
    ], "It left nothing on a timeline."),
    step("Commands", road.entries.length, [
      el("ul", {}, road.entries.map((entry) =>
        el("li", {}, el("code", { text: entry.command }), " ", entry.said || "", entry.undone_by ? el("span", { class: "badge", text: "undone" }) : null, " ", time(entry.at)))),
    ], "No command ran yet."),
    step("Cards and the outbox", road.posts.length, [
      el("ul", {}, road.posts.map((post) => el("li", {}, posted(post)))),
    ], "Nothing was posted."),
    step("Facts", road.facts.length, [
      el("ul", {}, road.facts.map((fact) =>
        el("li", {}, el("span", { class: "quiet", text: `#${fact.seq} ` }), el("code", { text: fact.fact }), " ", aside(fact.data)))),
    ], "Nothing became true yet."),
  );
}

function step(name, some, body, otherwise) {
  return el(
    "li",
    { class: some ? "done" : "none" },
    el("h3", { text: name }),
    some ? body : el("p", { class: "quiet", text: otherwise }),
  );
}

function posted(post) {
  const behind = post.sent_revision < post.revision;
  const names = post.records.flatMap((record) => [" ", recordLink(record.key, record.title)]);
  return el(
    "span",
    {},
    el("span", { class: "badge", text: post.subject.replace("_", " ") }),
    ...names,
    post.notice ? ` ${post.notice}` : "",
    el("span", {
      class: behind ? "waiting" : "quiet",
      text: behind
        ? ` waits in the outbox: revision ${post.revision}, shown ${post.sent_revision}`
        : ` shown: revision ${post.sent_revision}`,
    }),
  );
}

/** The few words of a fact that say the most. */
function aside(data) {
  const said = ["title", "from", "to", "columns", "status", "kind", "name", "level"]
    .filter((name) => data[name] !== undefined && data[name] !== null)
    .map((name) => `${name}: ${Array.isArray(data[name]) ? data[name].join(", ") : data[name]}`);
  return el("span", { class: "quiet", text: said.join(" · ") });
}
