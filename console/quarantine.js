// Mails that wait in the quarantine: who wrote them and why they are held, letting them through or
// not, and whose mails always pass or never. What a mail says is shown as plain text.

import { ask, attempt, byId, clean, el, field, refusable, showDialog, soon, time } from "./dom.js";
import { administers } from "./people.js";

const PAGE = 50;
const VERDICTS = { allow: "always pass", deny: "are always held" };

const desk = { me: null };

/** Readies the button that opens it. */
export function startQuarantine(me) {
  desk.me = me;
  byId("quarantine").addEventListener("click", () => show());
}

/** Looks how many mails wait, and says it on the button. */
export const quarantineSoon = soon(async () => {
  const answer = await attempt(() => ask("GET", "/quarantine?limit=1"));
  if (!answer) return;
  const button = byId("quarantine");
  button.textContent = answer.count ? `Quarantine (${answer.count})` : "Quarantine";
  button.setAttribute("aria-label", answer.count === 1 ? "Quarantine: 1 mail waits" : `Quarantine: ${answer.count} mails wait`);
});

/** Shows the mails that wait; `said` is what was just done with one of them. */
async function show(said = null, before = null) {
  const from = before ? `&before=${before}` : "";
  const page = await attempt(() => ask("GET", `/quarantine?limit=${PAGE}${from}`));
  if (!page) return;
  const problem = el("p", { class: "waiting", role: "alert" });
  showDialog(
    "Quarantine",
    said ? done(said, problem) : null,
    problem,
    page.mails.length
      ? el("ul", { class: "people" }, page.mails.map((mail) => one(mail, problem)))
      : el("p", { class: "quiet", text: "No mail waits here. Mails of unknown senders that look like newsletters, automatic answers or shared mailboxes are held here, and nothing comes of them before somebody lets them through." }),
    el(
      "div",
      { class: "choices" },
      page.next ? el("button", { type: "button", text: "Older mails", onclick: () => show(null, page.next) }) : null,
      before ? el("button", { type: "button", text: "Newest mails", onclick: () => show() }) : null,
      el("button", { type: "button", text: "Senders", onclick: () => showSenders() }),
    ),
  );
}

/** What was done, with a way back where there is one. */
function done(outcome, problem) {
  return el(
    "p",
    { class: "notice-line", role: "status" },
    outcome.said,
    " ",
    outcome.undo
      ? el("button", {
        type: "button",
        class: "plain",
        text: "Undo",
        onclick: (event) => refusable(problem, event.currentTarget, async () => {
          const undone = await ask("POST", "/undo", { entry: outcome.entry });
          await show({ said: undone.said, undo: false });
          quarantineSoon();
        }),
      })
      : null,
  );
}

function sender(mail) {
  const { name, address } = mail.from;
  return name ? `${name} <${address}>` : address;
}

function subject(mail) {
  return clean(mail.subject) || "(no subject)";
}

/** The name of a button for those who do not see which mail it belongs to. */
function named(label, mail) {
  return clean(`${label}: ${subject(mail)}, from ${mail.from.address}`);
}

function one(mail, problem) {
  return el(
    "li",
    {},
    el("p", {}, el("strong", { text: subject(mail) }), " ", el("span", { class: "quiet", text: `#${mail.number}` })),
    el("p", {}, sender(mail), " ", time(mail.received_at ?? mail.held_at)),
    mail.reasons.map((reason) => el("p", { class: "waiting", text: reason.says })),
    el("p", { class: "words quiet", text: mail.begins }),
    decisions(mail, problem, el("button", {
      type: "button",
      text: "Read",
      "aria-label": named("Read", mail),
      onclick: () => read(mail.id),
    })),
  );
}

/** What can be done with a mail. */
function decisions(mail, problem, more = null) {
  const act = (label, path, body, title = null) => el("button", {
    type: "button",
    text: label,
    title,
    "aria-label": named(label, mail),
    onclick: (event) => refusable(problem, event.currentTarget, async () => {
      const outcome = await ask("POST", `/quarantine/${encodeURIComponent(mail.id)}/${path}`, body);
      await show(outcome);
      quarantineSoon();
    }),
  });
  return el(
    "div",
    { class: "choices" },
    act("Release", "release", { allow_sender: false }),
    administers(desk.me.member) ? act("Release and allow", "release", { allow_sender: true }, "Its sender's mails pass from now on") : null,
    act("Discard", "discard"),
    more,
  );
}

async function read(id) {
  const mail = await attempt(() => ask("GET", `/quarantine/${encodeURIComponent(id)}`));
  if (!mail) return;
  const problem = el("p", { class: "waiting", role: "alert" });
  showDialog(
    subject(mail),
    problem,
    el("p", {}, sender(mail), " ", time(mail.received_at ?? mail.held_at)),
    mail.reasons.map((reason) => el("p", { class: "waiting", text: reason.says })),
    el("p", { class: "words mail", tabindex: "0", text: mail.text || "(no text)" }),
    mail.headers.length
      ? el("details", {}, el("summary", { text: "Its header" }), el("dl", { class: "header" },
        mail.headers.map((line) => [el("dt", { text: line.name }), el("dd", { text: line.value })])))
      : null,
    mail.status === "waiting" ? decisions(mail, problem) : null,
    el("div", { class: "choices" }, el("button", { type: "button", text: "All that wait", onclick: () => show() })),
  );
}

/** Whose mails always pass, or are always held. */
async function showSenders(said = null) {
  const answer = await attempt(() => ask("GET", "/senders"));
  if (!answer) return;
  const decides = administers(desk.me.member);
  const problem = el("p", { class: "waiting", role: "alert" });
  const decided = (outcome) => showSenders(outcome.said);
  showDialog(
    "Senders",
    said ? el("p", { class: "notice-line", role: "status", text: said }) : null,
    answer.senders.length
      ? el("ul", { class: "people" }, answer.senders.map((rule) => el(
        "li",
        {},
        `Mails of ${clean(rule.sender)} ${VERDICTS[rule.verdict]} `,
        el("span", { class: "quiet" }, "since ", time(rule.at), " "),
        decides
          ? el("button", {
            type: "button",
            class: "plain",
            text: "Forget",
            "aria-label": `Forget what holds for ${clean(rule.sender)}`,
            onclick: (event) => refusable(problem, event.currentTarget, async () => {
              await decided(await ask("DELETE", `/senders/${encodeURIComponent(rule.sender)}`));
            }),
          })
          : null,
      )))
      : el("p", { class: "quiet", text: "Nothing was decided about any sender: each mail is judged by what it looks like." }),
    problem,
    decides ? judge(problem, decided) : el("p", { class: "quiet", text: "Administrators decide about senders." }),
    el("div", { class: "choices" }, el("button", { type: "button", text: "Mails that wait", onclick: () => show() })),
  );
}

function judge(problem, decided) {
  const who = el("input", { type: "text", required: true, maxlength: "254", autocomplete: "off", placeholder: "anna@acme.io or acme.io" });
  const verdict = el("select", {}, Object.entries(VERDICTS).map(([value, says]) => el("option", { value, text: says })));
  const submit = el("button", { type: "submit", text: "Decide" });
  return el(
    "form",
    {
      class: "stack",
      onsubmit: (event) => {
        event.preventDefault();
        return refusable(problem, submit, async () => {
          await decided(await ask("PUT", `/senders/${encodeURIComponent(who.value.trim())}`, { verdict: verdict.value }));
        });
      },
    },
    field("Mails of this address or domain", who),
    field("… from now on", verdict),
    submit,
  );
}
