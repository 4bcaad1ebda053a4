// One record: what it is, what is known of it and from where, and everything that happened with
// it. A value that was read from a message shows the sentence it was read from.

import { ask, attempt, byId, clean, el, notify, recordLink, sameAs, soon, time } from "./dom.js";

const open = { key: null, id: null };
let names = new Map();

/** Readies the pane with the names of members. */
export function startRecord(members) {
  names = new Map(members.map((member) => [member.id, member.name]));
}

/** Shows a record by its key or id. */
export async function showRecord(key) {
  open.key = key;
  await load();
}

/** Looks again, if this record is open. */
export function recordChanged(id) {
  if (id && id === open.id) reload();
}

const reload = soon(load, 400);

async function load() {
  const key = open.key;
  if (!key) {
    open.id = null;
    byId("record").replaceChildren(el("p", { class: "quiet", text: "Open a record from a card, a road or the search." }));
    return;
  }
  const path = `/records/${encodeURIComponent(key)}`;
  const answer = await attempt(() => Promise.all([
    ask("GET", path),
    ask("GET", `${path}/timeline?limit=50`),
    ask("GET", `${path}/provenance`),
    ask("GET", `${path}/notes`),
    ask("GET", `/tasks?record=${encodeURIComponent(key)}&standing=open`),
  ]));
  if (key !== open.key) return;
  if (!answer) {
    byId("record").replaceChildren(el("p", { class: "quiet", text: "There is no such record here." }));
    return;
  }
  const [shown, timeline, origins, notes, todo] = answer;
  open.id = shown.record.id;
  const pane = byId("record");
  const focused = pane !== document.activeElement && pane.contains(document.activeElement) ? document.activeElement : null;
  pane.replaceChildren(draw(shown, timeline, origins.provenance, notes.notes, todo.tasks));
  if (focused) (sameAs(focused, pane) ?? pane).focus({ preventScroll: true });
}

function draw(shown, timeline, origins, notes, tasks) {
  const { record, blueprint } = shown;
  return el(
    "article",
    { class: "record" },
    el("p", { class: "quiet", text: `${blueprint?.name ?? "Record"} · ${record.key}` }),
    el("h2", { class: "title" }, record.title, origin(origins, (slot) => slot.slot === "title")),
    record.trashed_at ? el("p", { class: "waiting", text: "In the trash." }) : null,
    el(
      "dl",
      {},
      shown.stage ? [el("dt", { text: "Stage" }), el("dd", { text: shown.stage })] : null,
      el("dt", { text: "Owner" }),
      el("dd", { text: shown.owner?.name ?? "nobody" }),
      (blueprint?.columns ?? [])
        .filter((column) => shown.shown[column.id] !== undefined)
        .map((column) => [
          el("dt", { text: column.name }),
          el("dd", {}, shown.shown[column.id], origin(origins, (slot) => slot.slot === "column" && slot.name === column.id)),
        ]),
      shown.identities.map((identity) => [
        el("dt", { text: identity.kind }),
        el("dd", {}, identity.value, origin(origins, (slot, value) => slot.slot === "identity" && slot.name === identity.kind && value === identity.value)),
      ]),
    ),
    ways(shown),
    shown.links.length ? section("Related", el("ul", {}, shown.links.map(({ link, key, title }) =>
      el("li", {}, recordLink(key, title), el("span", { class: "quiet", text: ` ${link.kind}${link.role ? `, ${link.role}` : ""}` }))))) : null,
    tasks.length ? section("To do", el("ul", {}, tasks.map(task))) : null,
    section("Notes", notes.length
      ? el("ul", {}, notes.map((note) => el("li", {}, el("p", { class: "words", text: note.body }), el("p", { class: "quiet" }, who(note.author), " ", time(note.created_at)))))
      : el("p", { class: "quiet", text: "No notes yet." }), noteForm(record)),
    section("Timeline", el("ol", { class: "timeline" }, timeline.interactions.map(happened)),
      timeline.next ? el("p", { class: "quiet", text: "Older entries are left out here." }) : null),
  );
}

function section(name, ...body) {
  return el("section", {}, el("h3", { text: name }), ...body);
}

/** What is to be done, by when and by whom, and the words it was read from. */
function task(one) {
  const due = one.due_at ? [" · due ", time(one.due_at)] : one.due_on ? ` · due ${one.due_on}` : "";
  const from = one.source ? [{ ...one.source, approved_by: one.created_by }] : [];
  return el("li", {}, one.title,
    el("span", { class: "quiet" }, due, ` · ${one.assignee ? who(one.assignee) : "in the pool"}`),
    origin(from, () => true));
}

function who(member) {
  return member ? names.get(member) ?? "somebody" : "Tieline";
}

/** The sentence that a value was read from, behind a button. */
function origin(origins, fits) {
  const from = origins.find((one) => fits(one.slot, one.value));
  if (!from) return null;
  const { source, message } = from;
  const read = [...message.text].slice(source.start, source.end).join("");
  const at = read ? source.sentence.indexOf(read) : -1;
  const sentence = at < 0
    ? [source.sentence]
    : [source.sentence.slice(0, at), el("mark", { text: read }), source.sentence.slice(at + read.length)];
  const body = el(
    "blockquote",
    { hidden: true, class: "origin" },
    el("p", {}, ...sentence),
    el(
      "p",
      { class: "quiet" },
      `${clean(message.author.name)}, `,
      time(message.at),
      ` · read by ${source.extractor}, ${source.confidence} % sure · approved by ${who(from.approved_by)} `,
      message.permalink ? el("a", { href: message.permalink, text: "Open the message" }) : null,
    ),
  );
  const button = el("button", {
    type: "button",
    class: "plain origin-button",
    "aria-expanded": "false",
    text: "From where?",
    onclick: () => {
      body.hidden = !body.hidden;
      button.setAttribute("aria-expanded", String(!body.hidden));
    },
  });
  return [" ", button, body];
}

function ways({ record, ways: to }) {
  if (!to.length || record.trashed_at) return null;
  const move = async (way) => {
    const body = { to: way.to, expected_version: record.version };
    const outcome = await attempt(() => ask("POST", `/records/${record.id}/move`, body));
    if (!outcome) return;
    notify(outcome.said || `Moved to ${way.name}.`);
    reload();
  };
  return el("div", { class: "choices", role: "group", "aria-label": "Move to" }, el("span", { class: "quiet", text: "Move to" }),
    to.map((way) => el("button", { type: "button", text: way.name, onclick: () => move(way) })));
}

function noteForm(record) {
  const text = el("textarea", { rows: "2", required: true, "aria-label": "New note", placeholder: "Write a note" });
  return el(
    "form",
    {
      class: "row",
      onsubmit: async (event) => {
        event.preventDefault();
        const outcome = await attempt(() => ask("POST", `/records/${record.id}/notes`, { body: text.value }));
        if (outcome) reload();
      },
    },
    text,
    el("button", { type: "submit", text: "Add" }),
  );
}

function happened(one) {
  const gone = Boolean(one.withdrawn_at);
  return el(
    "li",
    {},
    el("span", { class: "badge", text: one.kind }),
    " ",
    gone ? el("span", { class: "quiet", text: "taken back" }) : el("span", { class: "words", text: one.summary }),
    el(
      "p",
      { class: "quiet" },
      `${clean(one.author)} `,
      time(one.at),
      " ",
      one.source?.permalink && !gone ? el("a", { href: one.source.permalink, text: "Open the message" }) : null,
    ),
  );
}
