//! What somebody can want, as a command in words says it: names as they stand, values unread. What
//! they mean is for whoever answers.

use crm::places::Level;
use crm::quarantine::Verdict;

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
    /// Write to somebody on a network that is connected; the name and the words stand in one text.
    Message {
        /// "anna the offer is on its way".
        rest: String,
    },
    /// Say whose an account is.
    Account {
        /// The name of the person or company.
        name: String,
        /// The network with the account's name, and `id` with its number.
        fields: Vec<(String, String)>,
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
    /// Say how things stand, and what waits.
    Digest,
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
        /// Since when what was said here is read, in words; empty for from now on.
        since: String,
    },
    /// Say that this room or thread is about a record.
    Room {
        /// Its name.
        name: String,
    },
    /// Say that it is about nothing in particular any more.
    LeaveRoom,
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
    /// Those from the first to the second.
    Between(String, String),
    /// The one that is answered, or the thread that it stands in.
    Here,
}
