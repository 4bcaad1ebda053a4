// The people who work here: who they are, letting them in, the chat accounts that act as them,
// and tokens for programs.

import { ask, attempt, clean, el, field, notify, refusable, showDialog, time, toCopy } from "./dom.js";
import { dialogForm } from "./rooms.js";

/** From least to most. */
const ROLES = ["viewer", "member", "admin", "owner"];

const CAN = {
  viewer: "reads everything, changes nothing",
  member: "changes their own and unclaimed records",
  admin: "changes everything, and lets people in",
  owner: "as admin, and makes other owners",
};

/** Whether this member may set Tieline up. */
export function administers(member) {
  return ROLES.indexOf(member.role) >= ROLES.indexOf("admin");
}

/** Shows everybody. */
export async function showPeople(me) {
  const answer = await attempt(() => Promise.all([ask("GET", "/members"), ask("GET", "/accounts")]));
  if (!answer) return;
  const [{ members }, { accounts }] = answer;
  const problem = el("p", { class: "waiting", role: "alert" });
  const again = () => showPeople(me);
  showDialog(
    "People",
    problem,
    el("ul", { class: "people" }, members
      .filter((member) => member.active)
      .map((member) => one(me, member, accounts.filter((account) => account.member === member.id), problem, again))),
    el(
      "div",
      { class: "choices" },
      administers(me.member) ? el("button", { type: "button", text: "Invite", onclick: () => invite(me) }) : null,
      el("button", { type: "button", text: "New token for a program", onclick: () => newToken() }),
    ),
  );
}

function one(me, member, accounts, problem, again) {
  const self = member.id === me.member.id;
  const lets = self || (administers(me.member) && ROLES.indexOf(member.role) <= ROLES.indexOf(me.member.role));
  return el(
    "li",
    {},
    el("p", {}, el("strong", { text: member.name }), self ? " (you) " : " ", el("span", { class: "badge", text: member.role }), " ",
      el("span", { class: "quiet", text: member.email })),
    accounts.length
      ? el("ul", {}, accounts.map((account) => el("li", {},
        `${clean(account.name)} on ${clean(account.network)} `,
        el("span", { class: "quiet", text: account.account }),
        " ",
        self || administers(me.member)
          ? el("button", {
            type: "button",
            class: "plain",
            "aria-label": `Unlink ${clean(account.name)} on ${clean(account.network)}`,
            text: "Unlink",
            onclick: (event) => refusable(problem, event.currentTarget, async () => {
              const path = `/accounts/${encodeURIComponent(account.network)}/${encodeURIComponent(account.account)}`;
              const outcome = await ask("DELETE", path);
              notify(outcome.said);
              await again();
            }),
          })
          : null)))
      : el("p", { class: "quiet", text: self ? "No chat account acts as you. Say “link” to Tieline in your chat to link yours." : "No linked chat account." }),
    lets
      ? el("button", {
        type: "button",
        class: "plain",
        "aria-label": `Sign-in link for ${clean(member.name)}`,
        text: "Sign-in link",
        onclick: (event) => refusable(problem, event.currentTarget, () => letIn(member.id, member.name, self)),
      })
      : null,
  );
}

/** Asks who comes, and gives the link that lets them in. */
export function invite(me) {
  const name = el("input", { type: "text", required: true, maxlength: "200", autocomplete: "off" });
  const email = el("input", { type: "email", required: true, maxlength: "200", autocomplete: "off" });
  const highest = ROLES.indexOf(me.member.role);
  const role = el("select", {}, ROLES.slice(0, highest + 1).map((one) => el("option", { value: one, text: `${one}: ${CAN[one]}` })));
  role.value = "member";
  // Kept, so that a link that failed after the member was made can be tried again.
  let made = null;
  dialogForm("Invite", "Make the sign-in link", [
    el("p", { text: "Nothing is mailed: you get a link to hand on." }),
    field("Name", name),
    field("E-mail address", email),
    field("Role", role),
  ], async () => {
    if (!made) {
      const outcome = await ask("POST", "/members", { name: name.value.trim(), email: email.value.trim(), role: role.value });
      made = outcome.data.member;
    }
    await letIn(made, name.value, false);
  });
  name.focus();
}

async function letIn(member, name, self) {
  const link = await ask("POST", `/members/${encodeURIComponent(member)}/sign-in-link`);
  showDialog(
    `Sign-in link for ${clean(name)}`,
    el("p", { text: self
      ? "Open it in your other browser. Whoever has it is you, so keep it to yourself."
      : "Hand it on to them alone: whoever opens it first is signed in as them." }),
    toCopy(link.url, "Sign-in link"),
    el("p", { class: "quiet" }, "It works once, until ", time(link.expires_at), ". It is not shown again; you can make another under “People”."),
  );
}

/** Makes a token that acts as oneself, and shows it once. */
function newToken() {
  const name = el("input", { type: "text", required: true, maxlength: "100", autocomplete: "off", placeholder: "weekly report" });
  const days = el("input", { type: "number", required: true, min: "1", max: "3650", value: "90" });
  dialogForm("New token", "Make the token", [
    el("p", { text: "With it a program does through the API what you may do." }),
    field("What it is for", name),
    field("How many days it can be used", days),
  ], async () => {
    const token = await ask("POST", "/tokens", { name: name.value, days: Number(days.value) });
    showDialog(
      "New token",
      el("p", { text: "Put it where the program keeps its secrets. It is not shown again." }),
      toCopy(token.secret, "Token"),
      el("p", { class: "quiet" }, "It can be used until ", time(token.expires_at), "."),
    );
  });
  name.focus();
}
