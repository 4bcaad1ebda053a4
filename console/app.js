// The page: finds out who is here, opens rooms and records as the address says, and keeps
// everything current by listening to what happens.

import { currentRoom, gotMessage, leaveRoom, openRoom, refreshSoon, startChat } from "./chat.js";
import { ask, attempt, byId, clean, el, notify, recordLink, soon } from "./dom.js";
import { administers, invite, showPeople } from "./people.js";
import { quarantineSoon, startQuarantine } from "./quarantine.js";
import { recordChanged, showRecord, startRecord } from "./record.js";
import { roadSoon, showRoad } from "./road.js";
import { connectRoom, newRoom } from "./rooms.js";

const FACTS = [
  "record_created", "record_changed", "record_moved", "owner_changed", "record_trashed",
  "record_restored", "names_changed", "identity_added", "identity_removed", "link_added",
  "link_removed", "note_added", "note_withdrawn", "task_added", "task_changed",
  "interaction_logged", "message_logged", "message_changed", "post_changed", "proposal_made",
  "proposal_decided", "place_bound", "place_unbound", "undone", "mail_held", "held_mail_decided",
];

const page = { me: null, places: [] };

start();

async function start() {
  const answer = await attempt(() => Promise.all([ask("GET", "/me"), ask("GET", "/members"), askPlaces()]));
  if (!answer) {
    byId("link-state").textContent = "not connected";
    return;
  }
  const [me, members] = answer;
  page.me = me;
  byId("tenant").textContent = clean(me.tenant.name);
  byId("member").textContent = clean(me.member.name);
  startRecord(members.members);
  startSetUp();
  startQuarantine(me);
  drawPlaces();
  startChat(me, (message) => {
    showTab("road");
    showView("details");
    attempt(() => showRoad(currentRoom(), message));
  });
  for (const tab of ["road", "record"]) byId(`tab-${tab}`).addEventListener("click", () => showTab(tab));
  document.querySelector(".tabs").addEventListener("keydown", (event) => {
    if (event.key !== "ArrowLeft" && event.key !== "ArrowRight") return;
    const other = byId("road").hidden ? "road" : "record";
    showTab(other);
    byId(`tab-${other}`).focus();
  });
  for (const button of document.querySelectorAll("[data-go]")) {
    button.addEventListener("click", () => showView(button.dataset.go));
  }
  byId("find-text").addEventListener("input", find);
  byId("find").addEventListener("submit", (event) => {
    event.preventDefault();
    find();
  });
  addEventListener("hashchange", () => attempt(route));
  await attempt(() => showRoad(null, null));
  await attempt(() => showRecord(null));
  await attempt(route);
  listen();
}

/** What only administrators may do is shown to them alone. */
function startSetUp() {
  byId("set-up").hidden = !administers(page.me.member);
  byId("new-room").addEventListener("click", openNewRoom);
  byId("connect-room").addEventListener("click", () => connectRoom(page.me.chat_connection));
  byId("invite").addEventListener("click", () => invite(page.me));
  byId("people").addEventListener("click", () => showPeople(page.me));
}

function openNewRoom() {
  newRoom(async (room) => {
    await loadPlaces();
    const address = `#/chat/${encodeURIComponent(room)}`;
    if (location.hash === address) await route();
    else location.hash = address;
    byId("composer-text").focus();
  });
}

async function askPlaces() {
  const { places } = await ask("GET", "/chat/places");
  page.places = places;
}

/** Looks again which rooms there are; whoever is in one that is gone is told, and led on. */
async function loadPlaces() {
  await askPlaces();
  const gone = currentRoom() && !page.places.some(({ place }) => place.room === currentRoom());
  if (gone) {
    const name = byId("room-name").textContent;
    leaveRoom();
    const next = page.places[0];
    notify(next
      ? `The room “${name}” no longer belongs here. This is “${next.name || next.place.room}”.`
      : `The room “${name}” no longer belongs here, and there is no other.`);
    history.replaceState(null, "", "/");
    attempt(() => showRoad(null, null));
  }
  if (!currentRoom() && page.places[0]) await openRoom(page.places[0]);
  drawPlaces();
}

/** What to do while there is no room. */
function drawEmpty() {
  const none = page.places.length === 0;
  const empty = byId("empty");
  empty.hidden = !none;
  byId("composer").hidden = none;
  if (!none) return empty.replaceChildren();
  return empty.replaceChildren(...(administers(page.me.member)
    ? [
      el("h3", { text: "Begin with a room" }),
      el("p", { text: "Tieline listens where your team talks. Open a room here to try it, or connect one of your own chat network; then let your colleagues in." }),
      el("div", { class: "choices" },
        el("button", { type: "button", text: "New room", onclick: openNewRoom }),
        el("button", { type: "button", text: "Connect a room", onclick: () => connectRoom(page.me.chat_connection) }),
        el("button", { type: "button", text: "Invite", onclick: () => invite(page.me) })),
      el("p", { class: "quiet", text: "In a room, say “met Anna Schmidt from Acme, anna@acme.example” and capture it: a proposal appears, and nothing is kept before somebody approves it." }),
    ]
    : [
      el("h3", { text: "No room yet" }),
      el("p", { text: "Ask an administrator of yours to open one: “New room” on this page does it. It appears here by itself." }),
    ]));
}

function drawPlaces() {
  const list = page.places.map(({ place, name }) => {
    const here = place.room === currentRoom();
    const link = el("a", { href: `#/chat/${encodeURIComponent(place.room)}`, "aria-current": here ? "page" : null, text: name || place.room });
    return el("li", {}, link);
  });
  drawEmpty();
  byId("places").replaceChildren(...(list.length ? list : [el("li", { class: "quiet", text: "No rooms yet." })]));
  // On a small screen the list is short and scrolls.
  byId("places").querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
}

/** Opens what the address says: #/records/KEY, #/chat/ROOM/MESSAGE or /chat/ROOM#MESSAGE. */
async function route() {
  const parts = location.hash.replace(/^#\/?/, "").split("/").map(decoded);
  if (parts[0] === "records" && parts[1]) {
    showTab("record");
    showView("details");
    if (!currentRoom() && page.places[0]) await openRoom(page.places[0]);
    drawPlaces();
    return showRecord(parts[1]);
  }
  const path = location.pathname.split("/").map(decoded);
  let [room, message] = parts[0] === "chat" ? [parts[1], parts[2]] : [null, null];
  if (!room && path[1] === "chat") [room, message] = [path[2], parts[0]];
  const found = page.places.find((one) => one.place.room === room);
  const place = found ?? page.places[0];
  if (!place) return undefined;
  if (room && !found) {
    notify(`There is no room “${room}” here now. This is “${place.name || place.place.room}”.`);
    await openRoom(place);
    return drawPlaces();
  }
  await openRoom(place, message);
  if (!message) showView("chat");
  return drawPlaces();
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function showTab(name) {
  for (const tab of ["road", "record"]) {
    const shown = tab === name;
    byId(tab).hidden = !shown;
    byId(`tab-${tab}`).setAttribute("aria-selected", String(shown));
    byId(`tab-${tab}`).tabIndex = shown ? 0 : -1;
  }
}

/** On a narrow screen the chat and the details take turns. */
function showView(name) {
  document.body.dataset.view = name;
  for (const button of document.querySelectorAll("[data-go]")) {
    button.setAttribute("aria-pressed", String(button.dataset.go === name));
  }
}

const find = soon(async () => {
  const text = byId("find-text").value.trim();
  const found = byId("found");
  if (!text) return found.replaceChildren();
  const byKey = /^[a-z]+-\d+$/i.test(text)
    ? await ask("GET", `/records/${encodeURIComponent(text)}`).then((shown) => [shown.record], () => [])
    : [];
  const answer = await attempt(() => ask("GET", `/search?q=${encodeURIComponent(text)}`));
  const byName = (answer?.found ?? []).flatMap((one) => one.records);
  const records = [...byKey, ...byName.filter((record) => record.key !== byKey[0]?.key)];
  return found.replaceChildren(...(records.length
    ? records.map((record) => el("li", {}, recordLink(record.key, record.title)))
    : [el("li", { class: "quiet", text: "Nothing begins like this." })]));
});

/** Listens to what happens. The browser comes back by itself and says what it saw last. */
function listen() {
  const status = byId("link-state");
  const events = new EventSource("/api/v1/events");
  events.addEventListener("open", () => {
    status.textContent = "live";
    refreshSoon();
    quarantineSoon();
    attempt(loadPlaces);
  });
  events.addEventListener("error", () => {
    status.textContent = "reconnecting…";
    // A closed stream was refused: most likely nobody is signed in any more.
    if (events.readyState === EventSource.CLOSED) {
      status.textContent = "not connected";
      setTimeout(() => attempt(() => ask("GET", "/me").then(listen)), 5000);
    }
  });
  events.addEventListener("message", (event) => {
    gotMessage(JSON.parse(event.data));
    roadSoon();
  });
  events.addEventListener("missed", () => {
    refreshSoon();
    quarantineSoon();
    attempt(loadPlaces);
  });
  events.addEventListener("member_changed", () => attempt(async () => startRecord((await ask("GET", "/members")).members)));
  for (const kind of FACTS) {
    events.addEventListener(kind, (event) => {
      const { data } = JSON.parse(event.data);
      for (const record of [data.record, data.from, data.to, ...(data.mentions ?? []), ...(data.records ?? [])]) {
        recordChanged(record);
      }
      if (kind.startsWith("message_") || kind === "post_changed") refreshSoon();
      if (kind.startsWith("place_")) attempt(loadPlaces);
      if (kind === "mail_held" || kind === "held_mail_decided" || kind === "undone") quarantineSoon();
      roadSoon();
    });
  }
}
