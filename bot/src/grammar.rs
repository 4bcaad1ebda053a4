//! The command grammar: text in, intent out. Pure: no network, no database, no clock.
//!
//! One grammar serves every place; a network only decides how a command begins (`!t` here).
//! Names are left as they stand, since only the tenant's index knows where a name ends and
//! the rest begins. A command that is not understood is answered with the nearest ones.
//! A value runs from its `key:` to the next one or the end.

mod fields;

use crm::places::Level;
use crm::quarantine::Verdict;

use self::fields::{Keys, fields};

/// The most messages that one capture takes.
const CAPTURED_MAX: i64 = 50;

/// What a command is for, as help groups it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// It shows something.
    LookUp,
    /// It changes records.
    Change,
    /// It is about the place, or about oneself in it.
    Room,
}

/// One command, as help shows it and as it is parsed.
#[derive(Debug)]
pub struct Form {
    /// The words it begins with.
    pub words: &'static [&'static str],
    /// How it is written.
    pub usage: &'static str,
    /// What it does, for people.
    pub help: &'static str,
    /// Where help shows it.
    pub group: Group,
    read: fn(&str) -> Option<Intent>,
}

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intent {
    /// Show the card of a record.
    Who {
        /// Its name.
        name: String,
    },
    /// Show the card of a deal, or of the deal of a company or person.
    Deal {
        /// Its name, or theirs.
        name: String,
    },
    /// List records with such words, address or number, or those that a filter describes.
    Find {
        /// The words or the filter.
        query: String,
    },
    /// List the columns of a blueprint.
    Fields {
        /// The blueprint, as typed.
        blueprint: String,
    },
    /// Move a record; the name and the stage stand in one text.
    Move {
        /// "acme negotiating".
        rest: String,
    },
    /// Make a record.
    New {
        /// The blueprint, as typed.
        blueprint: String,
        /// The title.
        title: String,
        /// `name:value` pairs, in order.
        fields: Vec<(String, String)>,
    },
    /// Set columns of a record.
    Set {
        /// The name.
        name: String,
        /// `column:value` pairs, in order.
        fields: Vec<(String, String)>,
    },
    /// Write a note; the name and the words stand in one text.
    Note {
        /// "acme wants the annual plan".
        rest: String,
    },
    /// Make a task.
    Task {
        /// What to do.
        title: String,
        /// `for`, `due` and `to`, in order. What stands behind a name in `for` may belong to
        /// the title, which only the tenant's names can tell.
        fields: Vec<(String, String)>,
    },
    /// List tasks.
    Tasks {
        /// `mine`, `pool`, `overdue`, or the name of a record; empty for all that are open.
        which: String,
    },
    /// Say that a task is done.
    Done {
        /// Its id, or the beginning of its title.
        task: String,
    },
    /// Take a task from the pool.
    Take {
        /// Its id, or the beginning of its title.
        task: String,
    },
    /// Give a task to somebody, or back to the pool.
    Give {
        /// Its id, or the beginning of its title.
        task: String,
        /// `to`.
        fields: Vec<(String, String)>,
    },
    /// Say that a task is open again.
    Reopen {
        /// Its id, or the beginning of its title.
        task: String,
    },
    /// List what is one's own.
    Mine,
    /// List the channels of a person or company.
    Channels {
        /// Its name.
        name: String,
    },
    /// Say something about a channel.
    Channel {
        /// "anna@acme.io verified".
        rest: String,
    },
    /// Link two records; names and the part stand in one text.
    LinkRecords {
        /// "anna acme-annual champion".
        rest: String,
    },
    /// Remove the links between two records.
    UnlinkRecords {
        /// "anna acme-annual".
        rest: String,
    },
    /// List the notes on a record.
    Notes {
        /// Its name.
        name: String,
    },
    /// Log something that happened.
    Log {
        /// `call`, `meeting`, …
        event: String,
        /// "acme 20m spoke with Anna".
        rest: String,
    },
    /// Show what happened with a record.
    Timeline {
        /// "acme call".
        rest: String,
    },
    /// Give a record, or all that a filter finds, to somebody.
    Assign {
        /// Its name, or `all` and the filter.
        rest: String,
        /// To whom.
        to: String,
    },
    /// Take a record.
    Claim {
        /// Its name.
        name: String,
    },
    /// Give a record back to the pool.
    Release {
        /// Its name.
        name: String,
    },
    /// Capture messages.
    Capture(Capture),
    /// Accept the newest proposal here.
    Accept {
        /// Add to the records that probably fit.
        using_existing: bool,
        /// Leave out what there would be to do.
        without_tasks: bool,
        /// The stage for new deals.
        stage: Option<String>,
    },
    /// Discard the newest proposal here.
    Discard,
    /// List pipelines.
    Pipelines,
    /// Make a pipeline.
    NewPipeline {
        /// Its name.
        name: String,
        /// `for` and `stages`.
        fields: Vec<(String, String)>,
    },
    /// Delete a pipeline.
    DeletePipeline {
        /// Its name or key.
        name: String,
        /// `to` and `stage`: where its records go.
        fields: Vec<(String, String)>,
    },
    /// Add a stage.
    NewStage {
        /// Its name.
        name: String,
        /// `in`: the pipeline.
        fields: Vec<(String, String)>,
    },
    /// Delete a stage.
    DeleteStage {
        /// Its name or key.
        name: String,
        /// `in`: the pipeline; `to`: where its records go.
        fields: Vec<(String, String)>,
    },
    /// Say that a value was misread.
    Misread {
        /// "anna phone".
        rest: String,
    },
    /// Show what merging two records would give.
    Merge {
        /// "ana schmid into anna schmidt".
        rest: String,
    },
    /// Take a merged record out again.
    Unmerge {
        /// The merged record's key, or the name of the one it is part of.
        name: String,
    },
    /// List records that may be one, or look for them.
    Duplicates {
        /// A name, "find person", or nothing.
        rest: String,
    },
    /// Put tags on a record; the name and the tags stand in one text.
    Tag {
        /// "acme vip, key-account".
        rest: String,
    },
    /// Take tags off a record; the name and the tags stand in one text.
    Untag {
        /// "acme vip".
        rest: String,
    },
    /// List the library of tags.
    Tags,
    /// List segments.
    Segments,
    /// List saved views.
    Views,
    /// Show the first records of a saved view.
    View {
        /// Its name.
        name: String,
        /// Whether only one's own; none leaves it to the view.
        mine: Option<bool>,
    },
    /// List spaces.
    Spaces,
    /// Make a space.
    NewSpace {
        /// Its name.
        name: String,
        /// `template`: what it is made from.
        fields: Vec<(String, String)>,
    },
    /// List products and what counts for them.
    Products,
    /// Explain the scores of a record.
    Score {
        /// Its name.
        name: String,
    },
    /// Say what was found out about a record.
    Assess {
        /// Its name.
        name: String,
        /// `criterion:answer` pairs, and `for`, `reason` and `link`.
        fields: Vec<(String, String)>,
    },
    /// List the best leads that wait.
    Leads {
        /// The product, or nothing for all.
        product: String,
    },
    /// Post the leads of a product here, or nowhere any more.
    PostLeads {
        /// The product.
        product: String,
        /// Whether here.
        here: bool,
    },
    /// Make or decide a lead.
    Lead {
        /// What to do.
        step: LeadStep,
        /// The record's name.
        name: String,
        /// `for` and what the step takes.
        fields: Vec<(String, String)>,
    },
    /// List mails that are held, or show one.
    Quarantine {
        /// Its number; nothing for all.
        which: String,
    },
    /// Let a held mail through.
    ReleaseHeld {
        /// Its number, and "allow" where its sender passes from now on.
        rest: String,
    },
    /// Say that nothing comes of a held mail.
    DiscardHeld {
        /// Its number.
        rest: String,
    },
    /// List whose mails are always or never wanted.
    Senders,
    /// Say whether a sender's mails are always or never wanted.
    JudgeSender {
        /// An address or a domain.
        sender: String,
        /// What holds for it; none forgets what held.
        verdict: Option<Verdict>,
    },
    /// Show proposals that are made of mails here, or nowhere any more.
    PostMails {
        /// Whether here.
        here: bool,
    },
    /// List imports.
    Imports,
    /// Say where records are exported.
    Export {
        /// What: a blueprint, a filter, or both.
        what: String,
    },
    /// Undo one's own last change.
    Undo,
    /// Redeem a code that binds this place.
    Bind {
        /// The code.
        code: String,
    },
    /// Make this place mute again.
    Unbind,
    /// Act as oneself.
    Link,
    /// Act as nobody any more.
    Unlink,
    /// Make this place louder or quieter.
    Quiet {
        /// How loud.
        level: Option<Level>,
        /// Silent for so long.
        minutes: Option<i64>,
    },
    /// What can be said here.
    Help,
    /// Nothing: a value is there, but it is not one that the command takes.
    Wrong {
        /// What is wrong, as full sentences.
        sentence: String,
        /// How the command is written.
        usage: &'static str,
    },
}

/// What is done with a lead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeadStep {
    /// It is made, or shown when it is there.
    Make,
    /// It becomes a deal.
    Accept,
    /// Nothing comes of it.
    Reject,
    /// It is given to somebody.
    Assign,
    /// It is put off.
    Snooze,
}

/// Which messages to capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Capture {
    /// The newest ones here.
    Last(i64),
    /// These.
    These(Vec<String>),
    /// The one that is answered, or the thread that it stands in.
    Here,
}

/// What a text came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parsed {
    /// A command.
    Intent(Intent),
    /// A command that lacks something: how it is written.
    Incomplete {
        /// How it is written.
        usage: &'static str,
    },
    /// No command: what was understood, and the nearest ones.
    Unknown {
        /// The words that were taken for the command.
        given: String,
        /// How the nearest are written.
        nearest: Vec<&'static str>,
    },
}

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
        usage: "bind <code>",
        help: "give this room to your team's Tieline",
        group: Group::Room,
        read: |rest| some(rest).map(|code| Intent::Bind { code }),
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

/// The command in a message that begins with `prefix`; none when it is no command at all.
pub fn command<'t>(prefix: &str, text: &'t str) -> Option<&'t str> {
    let text = text.trim_start();
    let head = text.get(..prefix.len())?;
    let rest = &text[prefix.len()..];
    let ends = rest.is_empty() || rest.starts_with(char::is_whitespace);
    (head.eq_ignore_ascii_case(prefix) && ends).then(|| rest.trim())
}

/// What a command says. Only its first line counts, but for notes, which keep their lines.
pub fn parse(text: &str) -> Parsed {
    let text = text.trim();
    if text.is_empty() {
        return Parsed::Intent(Intent::Help);
    }
    let mut best: Option<(&Form, &str)> = None;
    for form in FORMS {
        if let Some(rest) = after_words(form.words, text)
            && best.as_ref().is_none_or(|(known, _)| known.words.len() < form.words.len())
        {
            best = Some((form, rest));
        }
    }
    let Some((form, rest)) = best else {
        return unknown(text);
    };
    match (form.read)(rest.trim()) {
        Some(intent) => Parsed::Intent(intent),
        None => Parsed::Incomplete { usage: form.usage },
    }
}

fn after_words<'t>(words: &[&str], text: &'t str) -> Option<&'t str> {
    let mut rest = text;
    for word in words {
        rest = rest.trim_start();
        let head = rest.get(..word.len())?;
        if !head.eq_ignore_ascii_case(word) {
            return None;
        }
        rest = &rest[word.len()..];
        if !(rest.is_empty() || rest.starts_with(char::is_whitespace)) {
            return None;
        }
    }
    Some(rest)
}

fn unknown(text: &str) -> Parsed {
    let mut words = text.split_whitespace().map(str::to_lowercase);
    let first = words.next().unwrap_or_default();
    let two = words.next().map_or_else(|| first.clone(), |second| format!("{first} {second}"));
    let is_family = |form: &Form| form.words.len() == 2 && form.words[0] == first;
    let is_half = FORMS.iter().any(is_family);
    let mut scored = FORMS
        .iter()
        .map(|form| {
            let name = form.words.join(" ");
            let given = if form.words.len() == 2 { &two } else { &first };
            (strsim::damerau_levenshtein(&name, given), form)
        })
        .filter(|(distance, form)| {
            let length = form.words.iter().map(|w| w.len()).sum::<usize>();
            if is_half { is_family(form) } else { *distance <= 1 + length / 4 }
        })
        .collect::<Vec<_>>();
    scored.sort_by_key(|(distance, form)| (*distance, std::cmp::Reverse(form.words.len())));
    let best = scored.first().map_or(0, |(distance, _)| *distance);
    let nearest = scored
        .into_iter()
        .filter(|(distance, _)| is_half || *distance <= best + 1)
        .map(|(_, form)| form.usage)
        .take(3)
        .collect();
    let given = if is_half { two } else { first };
    Parsed::Unknown { given: given.chars().take(40).collect(), nearest }
}

fn some(rest: &str) -> Option<String> {
    let rest = rest.trim();
    (!rest.is_empty()).then(|| rest.to_owned())
}

/// A command that takes nothing: with more words it is perhaps meant for somebody else.
fn alone(rest: &str, intent: Intent) -> Option<Intent> {
    rest.is_empty().then_some(intent)
}

fn new(blueprint: &str, rest: &str) -> Option<Intent> {
    let (title, fields) = fields(rest, Keys::Any);
    (!title.is_empty()).then(|| Intent::New { blueprint: blueprint.to_lowercase(), title, fields })
}

fn lead(rest: &str, step: LeadStep, keys: &'static [&'static str]) -> Option<Intent> {
    let (name, fields) = fields(rest, Keys::These(keys));
    (!name.is_empty()).then_some(Intent::Lead { step, name, fields })
}

/// A command about one sender.
fn sender(rest: &str, verdict: Option<Verdict>) -> Option<Intent> {
    let sender = some(rest).filter(|sender| !sender.contains(char::is_whitespace))?;
    Some(Intent::JudgeSender { sender, verdict })
}

/// A command that begins with a name and takes these pairs.
fn named(
    rest: &str,
    keys: &'static [&'static str],
    intent: fn(String, Vec<(String, String)>) -> Intent,
) -> Option<Intent> {
    let (name, fields) = fields(rest, Keys::These(keys));
    (!name.is_empty()).then(|| intent(name, fields))
}

/// The name of a view, and whose records it shows when that is said.
fn view(rest: &str) -> Option<Intent> {
    let (name, mine) = match rest.rsplit_once(char::is_whitespace) {
        Some((name, last)) if last.eq_ignore_ascii_case("mine") => (name, Some(true)),
        Some((name, last)) if last.eq_ignore_ascii_case("all") => (name, Some(false)),
        _ => (rest, None),
    };
    some(name).map(|name| Intent::View { name, mine })
}

fn capture(rest: &str) -> Option<Intent> {
    let rest = rest.trim();
    let lower = rest.to_lowercase();
    if rest.is_empty() || lower == "this" || lower == "thread" {
        return Some(Intent::Capture(Capture::Here));
    }
    if lower == "last" {
        return Some(Intent::Capture(Capture::Last(1)));
    }
    let too_many = |count: &str| Intent::Wrong {
        sentence: format!("I capture at least 1 and at most {CAPTURED_MAX} messages, not {count}."),
        usage: "capture last <number>",
    };
    let (count, says_last) = match lower.strip_prefix("last") {
        Some(count) => (count.trim(), true),
        None => (lower.as_str(), false),
    };
    // A number as long as an id is one, unless it is said to be a count.
    if !count.is_empty()
        && count.bytes().all(|b| b.is_ascii_digit())
        && (says_last || count.len() < 6)
    {
        let number = count.parse::<i64>().ok().filter(|n| (1..=CAPTURED_MAX).contains(n));
        let shown = count.chars().take(12).collect::<String>();
        return Some(
            number
                .map_or_else(|| too_many(&shown), |number| Intent::Capture(Capture::Last(number))),
        );
    }
    // Ids of messages, as the built-in chat and permalinks give them.
    let ids = rest.split_whitespace().map(message_id).collect::<Option<Vec<_>>>()?;
    if i64::try_from(ids.len()).is_ok_and(|count| count <= CAPTURED_MAX) {
        Some(Intent::Capture(Capture::These(ids)))
    } else {
        Some(too_many(&ids.len().to_string()))
    }
}

/// The id of a message in what a person pasted: the id itself, or a link that ends in it.
fn message_id(given: &str) -> Option<String> {
    let id = match given.rsplit_once(['/', '#']) {
        Some((before, last)) if before.contains("://") => last.split('?').next().unwrap_or(last),
        _ => given,
    };
    let plausible = id.len() >= 6 && id.chars().any(|c| c.is_ascii_digit() || c == '$');
    plausible.then(|| id.to_owned())
}

fn quiet(rest: &str) -> Option<Intent> {
    let rest = rest.trim().to_lowercase();
    if rest.is_empty() {
        return Some(Intent::Quiet { level: None, minutes: Some(8 * 60) });
    }
    if rest == "end" || rest == "stop" {
        return Some(Intent::Quiet { level: None, minutes: Some(0) });
    }
    if let Some(level) = Level::parse(&rest) {
        return Some(Intent::Quiet { level: Some(level), minutes: None });
    }
    if let Some(minutes) = minutes(&rest) {
        return Some(Intent::Quiet { level: None, minutes: Some(minutes) });
    }
    let levels = Level::ALL.map(Level::as_str);
    Some(Intent::Wrong {
        sentence: format!(
            "“{}” is no level and no time. The levels are {}; a time is like 30m, 8h or 2d.",
            rest.chars().take(40).collect::<String>(),
            crm::flows::listed(&levels)
        ),
        usage: "quiet <off|button|name|full|8h|30m|end>",
    })
}

/// How many minutes `30m`, `8 hours` or `2d` are.
fn minutes(text: &str) -> Option<i64> {
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
    let number = number.parse::<i64>().ok()?;
    match unit.trim() {
        "m" | "min" | "minute" | "minutes" => Some(number),
        "h" | "hour" | "hours" => number.checked_mul(60),
        "d" | "day" | "days" => number.checked_mul(24 * 60),
        _ => None,
    }
}

/// All commands, for people.
pub fn help(prefix: &str) -> String {
    let mut text = String::from("Name a customer and I show a card. You can also say:\n");
    let groups =
        [(Group::LookUp, "Look up"), (Group::Change, "Change"), (Group::Room, "This room")];
    for (group, title) in groups {
        text.push_str(&format!("\n{title}:\n"));
        for form in FORMS.iter().filter(|form| form.group == group) {
            text.push_str(&format!("{prefix} {} — {}\n", form.usage, form.help));
        }
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests;
