// The page: finds out who is here, opens rooms and records as the address says, and keeps
// everything current by listening to what happens.

import { currentRoom, gotMessage, openRoom, refreshSoon, startChat } from "./chat.js";
import { ask, attempt, byId, clean, el, recordLink, soon } from "./dom.js";
import { recordChanged, showRecord, startRecord } from "./record.js";
import { roadSoon, showRoad } from "./road.js";

const FACTS = [
  "record_created", "record_changed", "record_moved", "owner_changed", "record_trashed",
  "record_restored", "names_changed", "identity_added", "identity_removed", "link_added",
  "link_removed", "note_added", "note_withdrawn", "task_added", "task_changed",
  "interaction_logged", "message_logged", "message_changed", "post_changed", "proposal_made",
  "proposal_decided", "place_bound", "place_unbound", "undone",
];

const page = { me: null, places: [] };

start();

async function start() {
  const answer = await attempt(() => Promise.all([ask("GET", "/me"), ask("GET", "/members"), loadPlaces()]));
  if (!answer) {
    byId("link-state").textContent = "not connected";
    return;
  }
  const [me, members] = answer;
  page.me = me;
  byId("tenant").textContent = clean(me.tenant.name);
  byId("member").textContent = clean(me.member.name);
  startRecord(members.members);
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

async function loadPlaces() {
  const { places } = await ask("GET", "/chat/places");
  page.places = places;
  drawPlaces();
}

function drawPlaces() {
  const list = page.places.map(({ place, name }) => {
    const here = place.room === currentRoom();
    const link = el("a", { href: `#/chat/${encodeURIComponent(place.room)}`, "aria-current": here ? "page" : null, text: name || place.room });
    return el("li", {}, link);
  });
  byId("places").replaceChildren(...(list.length ? list : [el("li", { class: "quiet", text: "No rooms yet." })]));
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
  const place = page.places.find((one) => one.place.room === room) ?? page.places[0];
  if (!place) return undefined;
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
  const answer = await attempt(() => ask("GET", `/records?limit=10&q=${encodeURIComponent(text)}`));
  const records = [...byKey, ...(answer?.records ?? [])];
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
  events.addEventListener("missed", () => refreshSoon());
  for (const kind of FACTS) {
    events.addEventListener(kind, (event) => {
      const { data } = JSON.parse(event.data);
      for (const record of [data.record, data.from, data.to, ...(data.mentions ?? []), ...(data.records ?? [])]) {
        recordChanged(record);
      }
      if (kind.startsWith("message_") || kind === "post_changed") refreshSoon();
      if (kind.startsWith("place_")) attempt(loadPlaces);
      roadSoon();
    });
  }
}
