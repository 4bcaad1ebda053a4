// Making elements, asking the API, and telling times. Text from outside only ever becomes text:
// nothing here can turn it into markup, and links lead to web addresses alone.

/** Controls, marks that turn the direction of writing, and characters without width. */
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g;

export function clean(text) {
  return String(text ?? "").replace(HIDDEN, "");
}

/**
 * An element. Attributes that begin with `on` are listeners; `text` is its text; false and null
 * leave an attribute out.
 */
export function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === "text") element.textContent = clean(value);
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "href") {
      const address = inPage(safeAddress(value));
      if (address) element.setAttribute("href", address);
    } else element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : document.createTextNode(clean(child)));
  }
  return element;
}

/** The address, if it is one of the web or of this page. */
export function safeAddress(given) {
  try {
    const url = new URL(given, location.href);
    return url.protocol === "https:" || url.protocol === "http:" ? url.href : null;
  } catch {
    return null;
  }
}

/** Our own short links open on this page, without loading it again. */
function inPage(address) {
  if (!address) return null;
  const url = new URL(address);
  if (url.origin !== location.origin) return address;
  const [, kind, name] = url.pathname.split("/");
  if (kind === "r" && name) return `#/records/${name}`;
  if (kind === "chat" && name && !url.hash.startsWith("#/")) return `#/chat/${name}/${url.hash.slice(1)}`;
  return url.hash.startsWith("#/") ? url.hash : address;
}

/** A way to a record on this page. */
export function recordLink(key, title) {
  return el("a", { href: `#/records/${encodeURIComponent(key)}` }, title ? `${title} (${key})` : key);
}

export function byId(id) {
  return document.getElementById(id);
}

/** A time, short for people and whole for programs. */
export function time(iso) {
  const at = new Date(iso);
  const sameDay = at.toDateString() === new Date().toDateString();
  const shown = sameDay
    ? at.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    : at.toLocaleString([], { dateStyle: "medium", timeStyle: "short" });
  return el("time", { datetime: iso, title: at.toLocaleString(), text: shown });
}

let fading = null;

/** Says something at the edge of the page, and to screen readers. */
export function notify(text) {
  const notice = byId("notice");
  notice.textContent = clean(text);
  notice.classList.toggle("shown", Boolean(text));
  clearTimeout(fading);
  fading = setTimeout(() => notice.classList.remove("shown"), 8000);
}

/**
 * Shows a dialog in the place of the one that is open, and gives what closes it. Whatever had the
 * focus before gets it back.
 */
export function showDialog(title, ...body) {
  const dialog = byId("dialog");
  const close = () => dialog.close();
  dialog.replaceChildren(
    el("header", {}, el("h2", { id: "dialog-title", text: title }), el("button", { type: "button", class: "plain", text: "Close", onclick: close })),
    ...body.flat(Infinity).filter(Boolean),
  );
  if (dialog.open) dialog.querySelector("button").focus();
  else dialog.showModal();
  return close;
}

/** Does something in a dialog, and says in the dialog why not. */
export async function refusable(problem, button, action) {
  if (button.disabled) return;
  problem.textContent = "";
  button.disabled = true;
  try {
    await action();
  } catch (error) {
    problem.textContent = clean(error instanceof Refused ? error.message : "Something went wrong on this page. Reload it.");
    if (!(error instanceof Refused)) console.error(error);
  }
  button.disabled = false;
  // A button that cannot be pressed for a while loses the focus.
  if (button.isConnected && document.activeElement === document.body) button.focus();
}

/** An input under its name. */
export function field(name, input) {
  return el("label", { class: "field" }, el("span", { text: name }), input);
}

/** Text to hand on, with a button that copies it. */
export function toCopy(text, name) {
  const box = el("input", { type: "text", readonly: true, value: text, "aria-label": name, onfocus: () => box.select() });
  const button = el("button", {
    type: "button",
    text: "Copy",
    onclick: async () => {
      try {
        await navigator.clipboard.writeText(text);
        button.textContent = "Copied";
      } catch {
        // Not every browser lets a page without HTTPS do this; by hand it always works.
        box.focus();
        box.select();
        button.textContent = "Press Ctrl and C";
      }
    },
  });
  return el("div", { class: "row copy" }, box, button);
}

/** What stands in the place of an element once its surroundings were drawn anew. */
export function sameAs(old, within) {
  const label = (one) => one.getAttribute("aria-label") ?? one.textContent;
  return [...within.querySelectorAll(old.tagName)].find((one) => label(one) === label(old)) ?? null;
}

/** What the API answered when it said no. */
export class Refused extends Error {
  constructor(status, kind, message) {
    super(message);
    this.status = status;
    this.kind = kind;
  }
}

/** Asks the API. A no becomes a Refused with a sentence for people. */
export async function ask(method, path, body) {
  let response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      headers: { "content-type": "application/json", accept: "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
    });
  } catch {
    throw new Refused(0, "unreachable", "Tieline cannot be reached. It is tried again by itself.");
  }
  const text = await response.text();
  let answer = null;
  try {
    answer = text ? JSON.parse(text) : null;
  } catch {
    // Not ours: some proxy in between answered.
  }
  if (response.ok) return answer;
  if (response.status === 401) {
    throw new Refused(401, "sign_in_first", "You are signed out. Reload the page to see how to sign in.");
  }
  const error = answer?.error ?? {};
  throw new Refused(response.status, error.kind ?? "unknown", error.message ?? `It did not work (${response.status}).`);
}

/** Does something that may be refused, and says so when it is. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    notify(error instanceof Refused ? error.message : "Something went wrong on this page. Reload it.");
    if (!(error instanceof Refused)) console.error(error);
    return null;
  }
}

/** Calls at most once in a while, and always once after the last call. */
export function soon(action, milliseconds = 250) {
  let waiting = null;
  return () => {
    clearTimeout(waiting);
    waiting = setTimeout(action, milliseconds);
  };
}
