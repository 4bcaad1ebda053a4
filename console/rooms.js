// Opening rooms of the built-in chat, and connecting rooms of other networks with words that are
// typed in them once.

import { ask, attempt, clean, el, field, refusable, showDialog, time, toCopy } from "./dom.js";

/** Asks for a name and opens a room; `opened` is told which. */
export function newRoom(opened) {
  const name = el("input", { type: "text", required: true, maxlength: "40", autocomplete: "off", placeholder: "sales" });
  const close = dialogForm("New room", "Open the room", [
    el("p", { text: "A room of the chat on this page. Everybody here sees it." }),
    field("Name", name),
  ], async () => {
    const outcome = await ask("POST", "/chat/places", { name: name.value.trim() });
    close();
    await opened(outcome.data?.place?.room ?? outcome.data?.place);
  });
  name.focus();
}

/** Makes the words that connect a room of another network, and shows them. */
export async function connectRoom(chat) {
  const answer = await attempt(() => Promise.all([ask("POST", "/places/bind-codes"), ask("GET", "/places")]));
  if (!answer) return;
  const [issued, { places }] = answer;
  const others = places.filter(({ place }) => place.connection !== chat);
  showDialog(
    "Connect a room",
    el("p", { text: "Invite Tieline's account into the room of your chat network. Then say there, word for word:" }),
    toCopy(issued.say, "What to say in the room"),
    el("p", { class: "quiet" }, "It works once, for ten minutes: until ", time(issued.expires_at), ". Tieline hears nothing in a room before that."),
    others.length
      ? [
        el("h3", { text: "Connected already" }),
        el("ul", { class: "people" }, others.map(({ place, name }) =>
          el("li", {}, `${clean(name) || place.room} `, el("span", { class: "quiet", text: `on ${place.connection}` })))),
      ]
      : null,
  );
}

/** A dialog that asks for something, and says inside itself why not. Gives what closes it. */
export function dialogForm(title, label, body, action) {
  const problem = el("p", { class: "waiting", role: "alert" });
  const form = el(
    "form",
    {
      class: "stack",
      onsubmit: async (event) => {
        event.preventDefault();
        await refusable(problem, submit, action);
      },
    },
    ...body,
    problem,
  );
  const submit = el("button", { type: "submit", text: label });
  form.append(submit);
  return showDialog(title, form);
}
