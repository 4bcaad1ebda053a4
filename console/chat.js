// The chat: messages in their threads, cards with their buttons, writing, selecting and
// capturing. What is sent shows at once, dimmed until it is really there.

import { ask, attempt, byId, clean, el, field, notify, sameAs, soon, time } from "./dom.js";
import { dialogForm } from "./rooms.js";

const REACTIONS = ["👍", "✅", "👀", "↩️"];
/** The reaction that captures. */
const CAPTURE = "📇";
/** How long answers to one's own action are shown as they come. */
const FOLLOW_MS = 8000;

const state = {
  me: null,
  room: null,
  messages: new Map(),
  items: new Map(),
  chosen: new Set(),
  current: null,
  lastTicked: null,
  older: null,
  mode: null,
  draft: "",
  following: 0,
  pressed: null,
  unfolded: new Set(),
  opened: () => {},
};

/** Readies the chat; `opened` is told which message's road to show. */
export function startChat(me, opened) {
  state.me = me;
  state.opened = opened;
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  byId("composer-text").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      send();
    } else if (event.key === "Escape") setMode(null);
  });
  byId("composer-cancel").addEventListener("click", () => setMode(null));
  byId("older").addEventListener("click", () => attempt(loadOlder));
  byId("capture").addEventListener("click", () => capture([...state.chosen]));
  byId("capture-clear").addEventListener("click", clearChosen);
  byId("messages").addEventListener("keydown", walk);
  // Whoever looks elsewhere is not taken back.
  for (const way of ["wheel", "touchmove", "pointerdown", "keydown"]) {
    byId("scroll").addEventListener(way, () => { state.following = 0; }, { passive: true });
  }
  const details = document.querySelector(".details");
  details.addEventListener("dragover", (event) => {
    if (event.dataTransfer.types.includes("application/x-tieline-messages")) event.preventDefault();
  });
  details.addEventListener("drop", (event) => {
    const ids = event.dataTransfer.getData("application/x-tieline-messages");
    if (!ids) return;
    event.preventDefault();
    capture(ids.split(" "));
  });
}

/** Opens a room, and a message in it when one is named. */
export async function openRoom(place, message) {
  const room = place.place.room;
  if (state.room !== room) {
    leaveRoom();
    state.room = room;
    byId("room-name").textContent = clean(place.name || room);
    await refresh();
    const scroll = byId("scroll");
    scroll.scrollTop = scroll.scrollHeight;
  }
  if (!message) return;
  for (let page = 0; page < 5 && !state.messages.has(message) && state.older; page += 1) await loadOlder();
  if (!state.messages.has(message)) return notify("This message is not here, or too far back.");
  select(message);
  state.items.get(message)?.scrollIntoView({ block: "center" });
}

/** Shows no room. What was being written stays. */
export function leaveRoom() {
  Object.assign(state, { room: null, older: null, current: null, lastTicked: null, following: 0, pressed: null });
  state.messages.clear();
  state.items.clear();
  state.unfolded.clear();
  byId("messages").replaceChildren();
  byId("older").hidden = true;
  byId("room-name").textContent = "Chat";
  clearChosen();
  setMode(null);
}

/** The room that is open. */
export function currentRoom() {
  return state.room;
}

/** A message that is new or changed. */
export function gotMessage(message) {
  if (message.place !== state.room) return;
  const scroll = byId("scroll");
  const atEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 80;
  const fresh = !state.messages.has(message.id);
  put(message);
  if (atEnd) scroll.scrollTop = scroll.scrollHeight;
  const answers = Date.now() < state.following && (fresh ? message.ours || message.mine : message.id === state.pressed);
  if (message.pending || answers) {
    state.items.get(message.id)?.querySelector(":scope > article").scrollIntoView({ block: "nearest" });
  }
}

/** Shows what comes of one's own action. */
function follow(pressed = null) {
  state.following = Date.now() + FOLLOW_MS;
  state.pressed = pressed;
}

/** Looks again at the newest messages. */
export const refreshSoon = soon(() => attempt(refresh));

async function refresh() {
  if (!state.room) return;
  const room = state.room;
  const page = await ask("GET", `${path(room)}/messages?limit=100`);
  if (room !== state.room) return;
  if (state.messages.size === 0) {
    state.older = page.next;
    byId("older").hidden = !page.next;
  }
  for (const message of page.messages) gotMessage(message);
}

async function loadOlder() {
  if (!state.older) return;
  const page = await ask("GET", `${path(state.room)}/messages?limit=100&before=${encodeURIComponent(state.older)}`);
  state.older = page.next;
  byId("older").hidden = !page.next;
  // Newest first, so that each finds its place before what is there.
  for (const message of page.messages.reverse()) put(message);
}

function path(room) {
  return `/chat/places/${encodeURIComponent(room)}`;
}

/** Puts a message where it belongs: in its thread when the thread's root is here. */
function put(message) {
  const before = state.items.get(message.id);
  const thread = before?.querySelector(":scope > .thread");
  const focused = before?.contains(document.activeElement) ? document.activeElement : null;
  const item = draw(message, thread);
  state.messages.set(message.id, message);
  state.items.set(message.id, item);
  if (before) {
    before.replaceWith(item);
    if (!focused) return;
    const article = item.querySelector("article");
    const again = thread.contains(focused) ? focused : sameAs(focused, article) ?? article;
    again.focus({ preventScroll: true });
    return;
  }
  const root = message.thread && message.thread !== message.id ? state.items.get(message.thread) : null;
  const list = root ? root.querySelector(":scope > .thread") : byId("messages");
  list.hidden = false;
  const later = [...list.children].find((other) => {
    const there = state.messages.get(other.dataset.id);
    return there && (there.at > message.at || (there.at === message.at && there.id > message.id));
  });
  list.insertBefore(item, later ?? null);
  // Answers that came before the message that they stand under.
  for (const [id, other] of state.messages) {
    if (other.thread === message.id && id !== message.id) {
      const waiting = state.items.get(id);
      if (waiting.parentElement !== item.querySelector(":scope > .thread")) {
        waiting.remove();
        state.items.delete(id);
        put(other);
      }
    }
  }
}

function draw(message, thread) {
  const gone = Boolean(message.deleted_at);
  const name = message.ours ? "Tieline" : message.author.name || message.author.id;
  const box = el("input", {
    type: "checkbox",
    "aria-label": `Select the message of ${clean(name)}`,
    onclick: (event) => tick(message.id, event.target.checked, event.shiftKey),
  });
  box.checked = state.chosen.has(message.id);
  const head = el(
    "header",
    {},
    gone || message.ours || message.pending ? null : el("label", {
      class: "grip",
      title: "Select; drag to Details to capture",
      draggable: "true",
      ondragstart: (event) => drag(event, message.id),
    }, box),
    el("strong", { text: name }),
    message.ours ? el("span", { class: "badge", text: "CRM" }) : null,
    time(message.at),
    message.edited_at && !gone && !message.ours ? el("span", { class: "quiet", text: "edited" }) : null,
    message.pending ? el("span", { class: "quiet", text: "sending…" }) : null,
    gone || message.pending ? null : el("button", {
      type: "button",
      class: "plain more",
      "aria-label": "Actions",
      "aria-expanded": String(state.unfolded.has(message.id)),
      text: "…",
      onclick: (event) => unfold(message.id, event.currentTarget),
    }),
  );
  const article = el(
    "article",
    {
      tabindex: "0",
      class: [message.ours && "ours", message.pending && "pending", state.unfolded.has(message.id) && "unfolded"].filter(Boolean).join(" ") || null,
      "aria-label": `${clean(name)}: ${clean(message.text).slice(0, 80)}`,
      onclick: (event) => {
        if (!event.target.closest("button, a, input, label") && !String(getSelection())) select(message.id);
      },
    },
    head,
    gone ? el("p", { class: "quiet", text: "This message was taken back." }) : words(message),
    gone || message.pending ? null : actions(message),
  );
  if (state.current === message.id) article.setAttribute("aria-current", "true");
  const item = el("li", {}, article, thread ?? el("ol", { class: "thread", hidden: true, "aria-label": "Thread" }));
  item.dataset.id = message.id;
  return item;
}

function words(message) {
  const content = message.content;
  if (!content) return el("p", { class: "words", text: message.text });
  return el(
    "div",
    { class: "content" },
    content.text ? el("p", { class: "words", text: content.text }) : null,
    content.cards.map((card) =>
      el(
        "section",
        { class: "card", "aria-label": clean(card.title) },
        el("p", { class: "quiet", text: card.kind }),
        el("h3", {}, card.url ? el("a", { href: card.url, text: card.title }) : card.title),
        el("dl", {}, card.facts.map((fact) => [el("dt", { text: fact.name }), el("dd", { text: fact.value })])),
      )),
    content.items.length
      ? el("ul", {}, content.items.map((item) =>
        el("li", {}, item.text, item.details.length ? el("ul", {}, item.details.map((text) => el("li", { text }))) : null)))
      : null,
    content.notice ? el("p", { class: "notice-line", text: content.notice }) : null,
    content.choices.length || content.opens?.length
      ? el("div", { class: "choices", role: "group", "aria-label": "What can be done" },
        content.choices.map((choice) =>
          el("button", { type: "button", text: choice.label, onclick: (event) => press(event.currentTarget, choice, message.id) })),
        (content.opens ?? []).map((one) =>
          el("a", { class: "button", href: one.url, target: "_blank", rel: "noopener noreferrer", text: one.label })))
      : null,
  );
}

function actions(message) {
  const button = (label, action, title) => el("button", { type: "button", class: "plain", title, text: label, onclick: action });
  return el(
    "div",
    { class: "actions", role: "group", "aria-label": "Actions" },
    button("Road", () => select(message.id), "What became of this message"),
    button("Reply", () => setMode({ kind: "thread", id: message.thread ?? message.id, text: `Replying in the thread of “${clean(message.text).slice(0, 60)}”` }), "Reply in its thread"),
    REACTIONS.map((symbol) =>
      el("button", { type: "button", class: "plain", text: symbol, "aria-label": `React with ${symbol}`, onclick: () => react(message.id, symbol) })),
    message.ours ? null : button(`${CAPTURE} Capture`, () => react(message.id, CAPTURE), "Make a proposal of this message"),
    message.mine ? button("Edit", () => setMode({ kind: "edit", id: message.id, text: "Changing your message", words: message.text })) : null,
    message.mine ? button("Take back", () => takeBack(message.id)) : null,
    message.permalink ? el("a", { href: message.permalink, class: "quiet", text: "Link" }) : null,
  );
}

/** Where nothing hovers, the actions of a message are folded away behind a button. */
function unfold(id, button) {
  const open = !state.unfolded.has(id);
  if (open) state.unfolded.add(id);
  else state.unfolded.delete(id);
  button.setAttribute("aria-expanded", String(open));
  button.closest("article").classList.toggle("unfolded", open);
}

function select(id) {
  const mark = (item, on) => {
    const article = item?.querySelector(":scope > article");
    if (on) article?.setAttribute("aria-current", "true");
    else article?.removeAttribute("aria-current");
  };
  mark(state.items.get(state.current), false);
  state.current = id;
  mark(state.items.get(id), true);
  state.opened(id);
}

/** Arrow keys go from message to message; Enter opens the road of one. */
function walk(event) {
  const article = event.target.closest("article");
  if (!article || event.target !== article) return;
  const all = [...byId("messages").querySelectorAll("article")];
  const at = all.indexOf(article);
  if (event.key === "ArrowDown") all[at + 1]?.focus();
  else if (event.key === "ArrowUp") all[at - 1]?.focus();
  else if (event.key === "Enter") select(article.parentElement.dataset.id);
  else if (event.key === " ") article.querySelector("input[type=checkbox]")?.click();
  else return;
  event.preventDefault();
}

function tick(id, on, range) {
  const ids = [...byId("messages").querySelectorAll("li[data-id]")]
    .map((item) => item.dataset.id)
    .filter((one) => !state.messages.get(one)?.ours && !state.messages.get(one)?.deleted_at);
  const [from, to] = [ids.indexOf(state.lastTicked), ids.indexOf(id)];
  const which = range && from >= 0 && to >= 0 ? ids.slice(Math.min(from, to), Math.max(from, to) + 1) : [id];
  for (const one of which) {
    if (on) state.chosen.add(one);
    else state.chosen.delete(one);
    const box = state.items.get(one)?.querySelector(":scope > article input[type=checkbox]");
    if (box) box.checked = on;
  }
  state.lastTicked = id;
  showChosen();
}

function clearChosen() {
  state.chosen.clear();
  for (const box of byId("messages").querySelectorAll("input[type=checkbox]")) box.checked = false;
  showChosen();
}

function showChosen() {
  const count = state.chosen.size;
  byId("capture-bar").hidden = count === 0;
  byId("capture-count").textContent = count === 1 ? "1 message selected" : `${count} messages selected`;
}

function drag(event, id) {
  const ids = state.chosen.has(id) ? [...state.chosen] : [id];
  event.dataTransfer.setData("application/x-tieline-messages", ids.join(" "));
  event.dataTransfer.effectAllowed = "copy";
}

function setMode(mode) {
  const text = byId("composer-text");
  // The words of a message that is no longer being changed make way for what was written before.
  if (state.mode?.kind === "edit") {
    text.value = state.draft;
    state.draft = "";
  }
  state.mode = mode;
  byId("composer-mode").hidden = !mode;
  byId("composer-mode-text").textContent = clean(mode?.text);
  if (mode?.kind === "edit") {
    state.draft = text.value;
    text.value = mode.words;
  }
  if (mode) text.focus();
}

async function send() {
  const box = byId("composer-text");
  const text = box.value.trim();
  if (!text || !state.room) return;
  const mode = state.mode;
  if (mode?.kind === "edit") {
    const done = await attempt(() => ask("PATCH", `${path(state.room)}/messages/${encodeURIComponent(mode.id)}`, { text }));
    if (!done) return;
    if (state.mode === mode) setMode(null);
    follow(mode.id);
  } else {
    const id = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`;
    const thread = mode?.kind === "thread" ? mode.id : undefined;
    const author = { network: "console", id: state.me.member.id, name: state.me.member.name };
    const room = state.room;
    follow();
    gotMessage({ place: room, id, thread, author, mine: true, ours: false, text, at: new Date().toISOString(), pending: true });
    // At once, so that what is written meanwhile stays.
    box.value = "";
    setMode(null);
    const done = await attempt(() => ask("POST", `${path(room)}/messages`, { text, thread, id }));
    if (!done) {
      state.items.get(id)?.remove();
      state.items.delete(id);
      state.messages.delete(id);
      if (!box.value && !state.mode) {
        if (mode && state.room === room) setMode(mode);
        box.value = text;
      }
      return;
    }
  }
  refreshSoon();
}

async function press(button, choice, message) {
  // Not `disabled`, which would take the focus away.
  if (button.getAttribute("aria-disabled")) return;
  if (choice.asks) return fillIn(choice, message);
  button.setAttribute("aria-disabled", "true");
  follow(message);
  const done = await attempt(() => ask("POST", `${path(state.room)}/press`, { token: choice.token }));
  button.removeAttribute("aria-disabled");
  if (done) refreshSoon();
}

/** Asks for the words that a button needs, and presses it with them. */
function fillIn(choice, message) {
  const words = el("textarea", { name: "text", required: true, rows: 4, maxlength: 1500 });
  dialogForm(choice.label, choice.label, [field(choice.asks, words)], async () => {
    follow(message);
    await ask("POST", `${path(state.room)}/press`, { token: choice.token, text: words.value.trim() });
    byId("dialog").close();
    refreshSoon();
  });
  words.focus();
}

async function react(id, symbol) {
  follow(id);
  const done = await attempt(() => ask("POST", `${path(state.room)}/messages/${encodeURIComponent(id)}/reactions`, { symbol }));
  if (done) notify(symbol === CAPTURE ? "Captured. A proposal appears in the chat for you to look at." : `You reacted with ${symbol}.`);
}

async function takeBack(id) {
  const done = await attempt(() => ask("DELETE", `${path(state.room)}/messages/${encodeURIComponent(id)}`));
  if (done) refreshSoon();
}

async function capture(ids) {
  if (!ids.length || !state.room) return;
  follow();
  const done = await attempt(() => ask("POST", `${path(state.room)}/capture`, { messages: ids }));
  if (!done) return;
  notify("Captured. A proposal appears in the chat for you to look at.");
  clearChosen();
  refreshSoon();
}
