//! Every command there is: the words it begins with, how help shows it, and which of the readers
//! takes what follows.

use crm::quarantine::Verdict;

use super::fields::{Keys, fields};
use super::intents::{Intent, LeadStep};
use super::readers::{alone, capture, lead, named, new, quiet, sender, some, view};
use super::{Form, Group};

/// Every command there is, in the order of help.
pub const FORMS: &[Form] = &[
    Form {
        words: &["who"],
        usage: "who <name>",
        help: "show the card of a customer, person or deal",
        group: Group::LookUp,
        read: |rest| some(rest).map(|name| Intent::Who { name }),
    },
    Form {
        words: &["card"],
        usage: "card <name>",
        help: "the same as who",
        group: Group::LookUp,
        read: |rest| some(rest).map(|name| Intent::Who { name }),
    },
    Form {
        words: &["find"],
        usage: "find <words> or find stage:negotiating owner:me value>10000",
        help: "list what begins with these words, has this address or number, or is like this",
        group: Group::LookUp,
        read: |rest| some(rest).map(|query| Intent::Find { query }),
    },
    Form {
        words: &["fields"],
        usage: "fields <person|company|deal>",
        help: "list the columns that records have",
        group: Group::LookUp,
        read: |rest| some(rest).map(|blueprint| Intent::Fields { blueprint }),
    },
    Form {
        words: &["deal", "move"],
        usage: "deal move <deal> <stage>",
        help: "move a deal to another stage",
        group: Group::Change,
        read: |rest| some(rest).map(|rest| Intent::Move { rest }),
    },
    Form {
        words: &["deal", "new"],
        usage: "deal new <title> value:12000EUR for:<company>",
        help: "make a deal",
        group: Group::Change,
        read: |rest| new("deal", rest),
    },
    Form {
        words: &["deal", "show"],
        usage: "deal show <deal>",
        help: "show the card of a deal, or of a company's deal",
        group: Group::LookUp,
        read: |rest| some(rest).map(|name| Intent::Deal { name }),
    },
    Form {
        words: &["move"],
        usage: "move <name> <stage>",
        help: "take anything with stages to a stage, another pipeline, or by a transition",
        group: Group::Change,
        read: |rest| some(rest).map(|rest| Intent::Move { rest }),
    },
    Form {
        words: &["new"],
        usage: "new <person|company|deal|…> <title> <column>:<value> email:… phone:… at:<company>",
        help: "make a record of any kind",
        group: Group::Change,
        read: |rest| {
            let (blueprint, rest) = rest.split_once(char::is_whitespace)?;
            new(blueprint, rest)
        },
    },
    Form {
        words: &["set"],
        usage: "set <name> <column>:<value>",
        help: "change columns of a record",
        group: Group::Change,
        read: |rest| {
            let (name, fields) = fields(rest, Keys::Any);
            (!name.is_empty() && !fields.is_empty()).then_some(Intent::Set { name, fields })
        },
    },
    Form {
        words: &["note"],
        usage: "note <name> <words>",
        help: "write a note on a record",
        group: Group::Change,
        read: |rest| some(rest).map(|rest| Intent::Note { rest }),
    },
    Form {
        words: &["message"],
        usage: "message <name> <words>",
        help: "write to a customer on their own network",
        group: Group::Change,
        read: |rest| some(rest).map(|rest| Intent::Message { rest }),
    },
    Form {
        words: &["account"],
        usage: "account <name> discord:<account> id:<number>",
        help: "say whose an account is, so that it can be written to",
        group: Group::Change,
        read: |rest| {
            named(rest, &["discord", "telegram", "matrix", "github", "id"], |name, fields| {
                Intent::Account { name, fields }
            })
        },
    },
    Form {
        words: &["task"],
        usage: "task <what to do> for:<name> due:friday at:15:00 to:<member>",
        help: "make a task; without to: it waits in the pool",
        group: Group::Change,
        read: |rest| {
            let (title, fields) = fields(rest, Keys::These(&["for", "due", "at", "to"]));
            let says_what = !title.is_empty() || fields.iter().any(|(key, _)| key == "for");
            says_what.then_some(Intent::Task { title, fields })
        },
    },
    Form {
        words: &["tasks"],
        usage: "tasks [mine|pool|overdue|<name>]",
        help: "list open tasks, the most urgent first",
        group: Group::LookUp,
        read: |rest| Some(Intent::Tasks { which: rest.to_owned() }),
    },
    Form {
        words: &["take"],
        usage: "take <task>",
        help: "take a task from the pool",
        group: Group::Change,
        read: |rest| some(rest).map(|task| Intent::Take { task }),
    },
    Form {
        words: &["give"],
        usage: "give <task> to:<member|pool>",
        help: "give a task to somebody, or back to the pool",
        group: Group::Change,
        read: |rest| {
            let (task, fields) = fields(rest, Keys::These(&["to"]));
            (!task.is_empty() && !fields.is_empty()).then_some(Intent::Give { task, fields })
        },
    },
    Form {
        words: &["reopen"],
        usage: "reopen <task>",
        help: "say that a task is open again",
        group: Group::Change,
        read: |rest| some(rest).map(|task| Intent::Reopen { task }),
    },
    Form {
        words: &["mine"],
        usage: "mine",
        help: "list what is yours: records and tasks",
        group: Group::LookUp,
        read: |rest| alone(rest, Intent::Mine),
    },
    Form {
        words: &["channels"],
        usage: "channels <name>",
        help: "list the addresses, numbers and accounts of a person or company",
        group: Group::LookUp,
        read: |rest| some(rest).map(|name| Intent::Channels { name }),
    },
    Form {
        words: &["channel"],
        usage: "channel <address> <primary|verified|bounced|works|removed> label:<label> to:<address>",
        help: "say something about a channel, or change it",
        group: Group::Change,
        read: |rest| {
            rest.contains(char::is_whitespace).then(|| Intent::Channel { rest: rest.to_owned() })
        },
    },
    Form {
        words: &["notes"],
        usage: "notes <name>",
        help: "list the notes on a record",
        group: Group::LookUp,
        read: |rest| some(rest).map(|name| Intent::Notes { name }),
    },
    Form {
        words: &["log"],
        usage: "log <call|email|meeting|message|platform> <name> [20m] <what happened>",
        help: "write onto a timeline what happened elsewhere",
        group: Group::Change,
        read: |rest| {
            let (event, rest) = rest.split_once(char::is_whitespace)?;
            some(rest).map(|rest| Intent::Log { event: event.to_lowercase(), rest })
        },
    },
    Form {
        words: &["timeline"],
        usage: "timeline <name> [call|email|meeting|note|…]",
        help: "show what last happened with a record",
        group: Group::LookUp,
        read: |rest| some(rest).map(|rest| Intent::Timeline { rest }),
    },
    Form {
        words: &["assign"],
        usage: "assign <name> to:<member> or assign all <filter> to:<member>",
        help: "give a record, or all that a filter finds, to somebody",
        group: Group::Change,
        read: |rest| {
            let (rest, fields) = fields(rest, Keys::These(&["to"]));
            let to = fields.into_iter().find(|(key, _)| key == "to").map(|(_, to)| to)?;
            some(&rest).map(|rest| Intent::Assign { rest, to })
        },
    },
    Form {
        words: &["done"],
        usage: "done <task>",
        help: "say that a task is done",
        group: Group::Change,
        read: |rest| some(rest).map(|task| Intent::Done { task }),
    },
    Form {
        words: &["claim"],
        usage: "claim <name> or claim all <filter>",
        help: "take a record that is nobody's, or all that a filter finds",
        group: Group::Change,
        read: |rest| some(rest).map(|name| Intent::Claim { name }),
    },
    Form {
        words: &["release"],
        usage: "release <name> or release all <filter>",
        help: "give records back to the pool",
        group: Group::Change,
        read: |rest| some(rest).map(|name| Intent::Release { name }),
    },
    Form {
        words: &["capture"],
        usage: "capture last <number>",
        help: "propose records from messages; or react with 📇 to them",
        group: Group::Change,
        read: capture,
    },
    Form {
        words: &["accept"],
        usage: "accept [using existing] [without tasks] [stage:<stage>]",
        help: "accept the newest proposal here",
        group: Group::Change,
        read: |rest| {
            let (words, fields) = fields(rest, Keys::These(&["stage"]));
            let stage = fields.into_iter().find(|(name, _)| name == "stage").map(|(_, v)| v);
            let words = words.to_lowercase();
            let using = words.strip_suffix("without tasks");
            let without_tasks = using.is_some();
            let using_existing = match using.unwrap_or(&words).trim() {
                "" => false,
                "using existing" | "existing" => true,
                _ => return None,
            };
            Some(Intent::Accept { using_existing, without_tasks, stage })
        },
    },
    Form {
        words: &["discard"],
        usage: "discard",
        help: "discard the newest proposal here",
        group: Group::Change,
        read: |rest| alone(rest, Intent::Discard),
    },
    Form {
        words: &["digest"],
        usage: "digest",
        help: "say how the pipelines stand, what has gone quiet and what waits",
        group: Group::LookUp,
        read: |rest| alone(rest, Intent::Digest),
    },
    Form {
        words: &["pipelines"],
        usage: "pipelines",
        help: "list pipelines and their stages",
        group: Group::LookUp,
        read: |rest| alone(rest, Intent::Pipelines),
    },
    Form {
        words: &["pipeline", "new"],
        usage: "pipeline new <name> for:<what> stages:<stage>, <stage>, …",
        help: "make a pipeline",
        group: Group::Change,
        read: |rest| {
            named(rest, &["for", "stages"], |name, fields| Intent::NewPipeline { name, fields })
        },
    },
    Form {
        words: &["pipeline", "delete"],
        usage: "pipeline delete <pipeline> to:<pipeline> stage:<stage>",
        help: "delete a pipeline; its records go to another",
        group: Group::Change,
        read: |rest| {
            named(rest, &["to", "stage"], |name, fields| Intent::DeletePipeline { name, fields })
        },
    },
    Form {
        words: &["stage", "new"],
        usage: "stage new <name> in:<pipeline>",
        help: "add a stage to a pipeline",
        group: Group::Change,
        read: |rest| named(rest, &["in"], |name, fields| Intent::NewStage { name, fields }),
    },
    Form {
        words: &["stage", "delete"],
        usage: "stage delete <stage> in:<pipeline> to:<stage>",
        help: "delete a stage; its records go to another",
        group: Group::Change,
        read: |rest| {
            named(rest, &["in", "to"], |name, fields| Intent::DeleteStage { name, fields })
        },
    },
    Form {
        words: &["tag"],
        usage: "tag <name> <tag>, <tag>, …",
        help: "put tags on a record; a new word makes a new tag",
        group: Group::Change,
        read: |rest| some(rest).map(|rest| Intent::Tag { rest }),
    },
    Form {
        words: &["untag"],
        usage: "untag <name> <tag>, <tag>, …",
        help: "take tags off a record",
        group: Group::Change,
        read: |rest| some(rest).map(|rest| Intent::Untag { rest }),
    },
    Form {
        words: &["wrong"],
        usage: "wrong <name> <value or field>",
        help: "take a value that was misread off every record it was read onto",
        group: Group::Change,
        read: |rest| some(rest).map(|rest| Intent::Misread { rest }),
    },
    Form {
        words: &["merge"],
        usage: "merge <name> into <name>",
        help: "show what making two records one would give, with a button that does it",
        group: Group::Change,
        read: |rest| some(rest).map(|rest| Intent::Merge { rest }),
    },
    Form {
        words: &["unmerge"],
        usage: "unmerge <name>",
        help: "take apart what was merged",
        group: Group::Change,
        read: |rest| some(rest).map(|name| Intent::Unmerge { name }),
    },
    Form {
        words: &["duplicates"],
        usage: "duplicates [<name> | find <kind>]",
        help: "list records that may be one, or look for more",
        group: Group::LookUp,
        read: |rest| Some(Intent::Duplicates { rest: rest.trim().to_owned() }),
    },
    Form {
        words: &["tags"],
        usage: "tags",
        help: "list all tags and how often each is used",
        group: Group::LookUp,
        read: |rest| alone(rest, Intent::Tags),
    },
    Form {
        words: &["segments"],
        usage: "segments",
        help: "list segments; find segment:<name> lists who is in one",
        group: Group::LookUp,
        read: |rest| alone(rest, Intent::Segments),
    },
    Form {
        words: &["views"],
        usage: "views",
        help: "list saved views",
        group: Group::LookUp,
        read: |rest| alone(rest, Intent::Views),
    },
    Form {
        words: &["view"],
        usage: "view <name> [mine|all]",
        help: "show the first records of a saved view",
        group: Group::LookUp,
        read: view,
    },
    Form {
        words: &["spaces"],
        usage: "spaces",
        help: "list spaces and what others can be made from",
        group: Group::LookUp,
        read: |rest| alone(rest, Intent::Spaces),
    },
    Form {
        words: &["space", "new"],
        usage: "space new <name> template:<template>",
        help: "make a space from a template",
        group: Group::Change,
        read: |rest| {
            let (name, fields) = fields(rest, Keys::These(&["template"]));
            (!name.is_empty() && !fields.is_empty()).then_some(Intent::NewSpace { name, fields })
        },
    },
    Form {
        words: &["products"],
        usage: "products",
        help: "list products and what counts for them",
        group: Group::LookUp,
        read: |rest| alone(rest, Intent::Products),
    },
    Form {
        words: &["score"],
        usage: "score <name>",
        help: "say how well somebody fits each product, and why",
        group: Group::LookUp,
        read: |rest| some(rest).map(|name| Intent::Score { name }),
    },
    Form {
        words: &["assess"],
        usage: "assess <name> <criterion>:<yes|no|0-100> for:<product> reason:<words> link:<page>",
        help: "say what was found out about somebody",
        group: Group::Change,
        read: |rest| {
            let (name, fields) = fields(rest, Keys::Any);
            (!name.is_empty() && !fields.is_empty()).then_some(Intent::Assess { name, fields })
        },
    },
    Form {
        words: &["leads"],
        usage: "leads <product>",
        help: "list the best leads that wait; without a product, of all",
        group: Group::LookUp,
        read: |rest| Some(Intent::Leads { product: rest.to_owned() }),
    },
    Form {
        words: &["leads", "here"],
        usage: "leads here <product>",
        help: "post new leads for a product here",
        group: Group::Room,
        read: |rest| Some(Intent::PostLeads { product: rest.to_owned(), here: true }),
    },
    Form {
        words: &["leads", "off"],
        usage: "leads off <product>",
        help: "post new leads for a product nowhere",
        group: Group::Room,
        read: |rest| Some(Intent::PostLeads { product: rest.to_owned(), here: false }),
    },
    Form {
        words: &["lead"],
        usage: "lead <name> for:<product> why:<words>",
        help: "put somebody into a product's queue",
        group: Group::Change,
        read: |rest| lead(rest, LeadStep::Make, &["for", "why"]),
    },
    Form {
        words: &["lead", "accept"],
        usage: "lead accept <name> for:<product> pipeline:<pipeline> stage:<stage> to:<member>",
        help: "make a deal of a lead",
        group: Group::Change,
        read: |rest| lead(rest, LeadStep::Accept, &["for", "pipeline", "stage", "to"]),
    },
    Form {
        words: &["lead", "reject"],
        usage: "lead reject <name> reason:<words> for:<product>",
        help: "say that nothing comes of a lead",
        group: Group::Change,
        read: |rest| lead(rest, LeadStep::Reject, &["for", "reason"]),
    },
    Form {
        words: &["lead", "assign"],
        usage: "lead assign <name> to:<member|turns|nobody> for:<product>",
        help: "give a lead to somebody to look at",
        group: Group::Change,
        read: |rest| lead(rest, LeadStep::Assign, &["for", "to"]),
    },
    Form {
        words: &["lead", "snooze"],
        usage: "lead snooze <name> until:<day|now> for:<product>",
        help: "put a lead off",
        group: Group::Change,
        read: |rest| lead(rest, LeadStep::Snooze, &["for", "until"]),
    },
    Form {
        words: &["quarantine"],
        usage: "quarantine [<number>]",
        help: "list mails from unknown senders that are held, with the reason, or show one",
        group: Group::LookUp,
        read: |rest| Some(Intent::Quarantine { which: rest.to_owned() }),
    },
    Form {
        words: &["quarantine", "release"],
        usage: "quarantine release <number> [allow]",
        help: "make a proposal of a held mail; allow lets its sender through from now on",
        group: Group::Change,
        read: |rest| some(rest).map(|rest| Intent::ReleaseHeld { rest }),
    },
    Form {
        words: &["quarantine", "discard"],
        usage: "quarantine discard <number>",
        help: "say that nothing comes of a held mail",
        group: Group::Change,
        read: |rest| some(rest).map(|rest| Intent::DiscardHeld { rest }),
    },
    Form {
        words: &["senders"],
        usage: "senders",
        help: "list whose mails always pass and whose are always held",
        group: Group::LookUp,
        read: |rest| alone(rest, Intent::Senders),
    },
    Form {
        words: &["senders", "allow"],
        usage: "senders allow <address or domain>",
        help: "let mails from there pass, whatever they look like",
        group: Group::Change,
        read: |rest| sender(rest, Some(Verdict::Allow)),
    },
    Form {
        words: &["senders", "deny"],
        usage: "senders deny <address or domain>",
        help: "hold mails from there, always",
        group: Group::Change,
        read: |rest| sender(rest, Some(Verdict::Deny)),
    },
    Form {
        words: &["senders", "forget"],
        usage: "senders forget <address or domain>",
        help: "judge mails from there by what they look like again",
        group: Group::Change,
        read: |rest| sender(rest, None),
    },
    Form {
        words: &["mails", "here"],
        usage: "mails here",
        help: "show here what I would make of mails from unknown senders",
        group: Group::Room,
        read: |rest| alone(rest, Intent::PostMails { here: true }),
    },
    Form {
        words: &["mails", "off"],
        usage: "mails off",
        help: "show that in no room",
        group: Group::Room,
        read: |rest| alone(rest, Intent::PostMails { here: false }),
    },
    Form {
        words: &["imports"],
        usage: "imports",
        help: "list your newest imports and how far they are",
        group: Group::LookUp,
        read: |rest| alone(rest, Intent::Imports),
    },
    Form {
        words: &["export"],
        usage: "export <people|deals|…> <filter>",
        help: "a link to download records, like export deals stage:open",
        group: Group::LookUp,
        read: |rest| some(rest).map(|what| Intent::Export { what }),
    },
    Form {
        words: &["undo"],
        usage: "undo",
        help: "undo your last change",
        group: Group::Change,
        read: |rest| alone(rest, Intent::Undo),
    },
    Form {
        words: &["quiet"],
        usage: "quiet <off|button|name|full|8h|30m|end>",
        help: "how much I say here by myself",
        group: Group::Room,
        read: quiet,
    },
    Form {
        words: &["link"],
        usage: "link or link <name> <name> [part]",
        help: "let your chat account act as you; with names, relate two records",
        group: Group::Room,
        read: |rest| match some(rest) {
            None => Some(Intent::Link),
            Some(rest) if rest.contains(char::is_whitespace) => Some(Intent::LinkRecords { rest }),
            Some(_) => None,
        },
    },
    Form {
        words: &["unlink"],
        usage: "unlink or unlink <name> <name>",
        help: "let your chat account act as nobody; with names, take a relation back",
        group: Group::Room,
        read: |rest| match some(rest) {
            None => Some(Intent::Unlink),
            Some(rest) if rest.contains(char::is_whitespace) => {
                Some(Intent::UnlinkRecords { rest })
            }
            Some(_) => None,
        },
    },
    Form {
        words: &["bind"],
        usage: "bind <code> since:<day>",
        help: "give this room to your team's Tieline, with what was said here since a day",
        group: Group::Room,
        read: |rest| {
            let (code, fields) = fields(rest, Keys::These(&["since"]));
            let since = fields.into_iter().find(|(key, _)| key == "since");
            let since = since.map(|(_, since)| since).unwrap_or_default();
            (!code.is_empty()).then_some(Intent::Bind { code, since })
        },
    },
    Form {
        words: &["room"],
        usage: "room <name> or room off",
        help: "say what this room or thread is about: its timeline has what is said here",
        group: Group::Room,
        read: |rest| match some(rest)? {
            off if off.eq_ignore_ascii_case("off") => Some(Intent::LeaveRoom),
            name => Some(Intent::Room { name }),
        },
    },
    Form {
        words: &["unbind"],
        usage: "unbind",
        help: "make this room mute again",
        group: Group::Room,
        read: |rest| alone(rest, Intent::Unbind),
    },
    Form {
        words: &["help"],
        usage: "help",
        help: "show this",
        group: Group::Room,
        read: |_| Some(Intent::Help),
    },
];
