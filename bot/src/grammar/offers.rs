//! The commands that networks with commands of their own offer: those that people use most, with
//! what they take as boxes to fill in. Everything else can still be written, or said to Tieline by
//! name.

use crm::offers::{Argument, ArgumentKind, Offer};

use ArgumentKind::{Blueprint, Count, Member, OneOf, Record, Stage, Tag, Words};

/// Something that has to be there.
const fn needs(name: &'static str, kind: ArgumentKind, help: &'static str) -> Argument {
    Argument { name, help, required: true, kind, written_behind: "" }
}

/// Something that may be there, and what it is written behind.
const fn takes(
    name: &'static str,
    kind: ArgumentKind,
    written_behind: &'static str,
    help: &'static str,
) -> Argument {
    Argument { name, help, required: false, kind, written_behind }
}

const NAME: Argument = needs("name", Record, "a person, company, deal or anything else");
const DEAL: Argument = needs("deal", Record, "the deal, or whose deal it is");
const STAGE: Argument = needs("stage", Stage, "where it goes");

/// Answered for all to see.
const fn open(
    words: &'static [&'static str],
    arguments: &'static [Argument],
    help: &'static str,
) -> Offer {
    Offer { words, help, said: None, arguments, private: false }
}

/// Answered to whoever asks, alone.
const fn private(
    words: &'static [&'static str],
    arguments: &'static [Argument],
    help: &'static str,
) -> Offer {
    Offer { words, help, said: None, arguments, private: true }
}

/// The commands that are offered.
pub const OFFERS: &[Offer] = &[
    open(&["who"], &[NAME], "show the card of a customer, person or deal"),
    open(&["card"], &[NAME], "show a card"),
    private(
        &["find"],
        &[needs("what", Words, "words, or a filter like stage:negotiating owner:me value>10000")],
        "list records",
    ),
    open(&["deal", "show"], &[DEAL], "show the card of a deal"),
    open(&["deal", "move"], &[DEAL, STAGE], "move a deal to another stage"),
    open(
        &["deal", "new"],
        &[
            needs("title", Words, "what is sold"),
            takes("for", Record, "for:", "who buys"),
            takes("value", Words, "value:", "such as 12000EUR"),
        ],
        "make a deal",
    ),
    open(&["move"], &[NAME, STAGE], "move a record to another stage"),
    open(
        &["new"],
        &[
            needs("kind", Blueprint, "person, company, deal, …"),
            needs("title", Words, "what it is called"),
            takes("values", Words, "", "such as email:anna@acme.example at:Acme"),
        ],
        "make a record",
    ),
    open(
        &["set"],
        &[NAME, needs("values", Words, "such as value:12000EUR")],
        "change columns of a record",
    ),
    open(&["note"], &[NAME, needs("text", Words, "what there is to know")], "write a note"),
    private(
        &["message"],
        &[NAME, needs("text", Words, "what to say; they see that it is from you")],
        "write to a customer on their own network",
    ),
    open(
        &["task"],
        &[
            needs("what", Words, "what is to be done"),
            takes("for", Record, "for:", "about whom or what"),
            takes("due", Words, "due:", "such as friday, or 12 March"),
            takes("to", Member, "to:", "who does it"),
        ],
        "make a task",
    ),
    private(
        &["tasks"],
        &[takes("which", OneOf(&["mine", "pool", "overdue"]), "", "which of them")],
        "list tasks",
    ),
    open(&["tag"], &[NAME, needs("tags", Tag, "one or several, with commas")], "put tags on"),
    open(&["untag"], &[NAME, needs("tags", Tag, "one or several, with commas")], "take tags off"),
    open(&["claim"], &[NAME], "make a record yours"),
    open(&["release"], &[NAME], "give a record back to the pool"),
    private(&["mine"], &[], "list what is yours"),
    private(&["timeline"], &[NAME], "show what happened with a record"),
    open(
        &["capture"],
        &[takes("last", Count, "last ", "how many messages; none takes the thread")],
        "make records of what was said",
    ),
    Offer {
        words: &["pipeline"],
        help: "list pipelines and their stages",
        said: Some("pipelines"),
        arguments: &[],
        private: true,
    },
    open(
        &["room"],
        &[needs("name", Record, "what this channel or thread is about; off for nothing")],
        "say what this channel or thread is about",
    ),
    private(&["digest"], &[], "how the pipelines stand, what has gone quiet and what waits"),
    private(
        &["quiet"],
        &[takes("how", Words, "", "off, button, name, full, a time like 8h, or end")],
        "how much I say here by myself",
    ),
    open(&["undo"], &[], "undo your last change"),
    private(&["link"], &[], "let your account act as you"),
    private(
        &["bind"],
        &[
            needs("code", Words, "from “Connect a room” on the web page"),
            takes("since", Words, "since:", "read what was said here since 2026-11-01, or 30 days"),
        ],
        "give this room to your team",
    ),
    private(&["help"], &[], "show all that can be said"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::{Intent, Parsed, parse};
    use super::*;

    fn sample(argument: &Argument) -> (String, String) {
        let value = match argument.kind {
            Record => "DEAL-12",
            Stage => "won",
            Member => "Rosa",
            Tag => "vip, key-account",
            Blueprint => "person",
            OneOf(all) => all[0],
            Count => "3",
            Words => match argument.name {
                "due" => "friday",
                "value" | "values" => "value:12000EUR",
                "how" => "8h",
                _ => "annual plan",
            },
        };
        (argument.name.to_owned(), value.to_owned())
    }

    fn understood(said: &str) -> bool {
        match parse(said) {
            Parsed::Intent(intent) => !matches!(intent, Intent::Wrong { .. }),
            _ => false,
        }
    }

    #[test]
    fn the_grammar_understands_every_command_that_is_offered() {
        for offer in OFFERS {
            let all = offer.arguments.iter().map(sample).collect::<Vec<_>>();
            let all_said = offer.said(&all);
            assert!(understood(&all_said), "{all_said}");
            let needed = offer.arguments.iter().filter(|argument| argument.required);
            let said = offer.said(&needed.map(sample).collect::<Vec<_>>());
            assert!(understood(&said), "{said}");
            for argument in offer.arguments.iter().filter(|argument| argument.required) {
                let without = all.iter().filter(|(name, _)| name != argument.name);
                let said = offer.said(&without.cloned().collect::<Vec<_>>());
                assert!(offer.arguments.len() > 1 || !understood(&said), "{said} lacks something");
            }
        }
    }

    #[test]
    fn names_are_what_networks_take() {
        let mut seen = BTreeSet::new();
        for offer in OFFERS {
            assert!(seen.insert(offer.words), "{:?} is there twice", offer.words);
            assert!((1..=2).contains(&offer.words.len()));
            assert!((1..=100).contains(&offer.help.chars().count()), "{}", offer.help);
            let names = offer.arguments.iter().map(|argument| argument.name);
            for name in names.chain(offer.words.iter().copied()) {
                let plain = name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
                assert!(plain && (1..=32).contains(&name.len()), "{name}");
            }
            let optional = offer.arguments.iter().skip_while(|argument| argument.required);
            assert!(optional.clone().all(|argument| !argument.required), "{:?}", offer.words);
        }
        let families = OFFERS.iter().filter(|offer| offer.words.len() == 2);
        for family in families.map(|offer| offer.words[0]) {
            assert!(!seen.contains(&[family][..]), "{family} cannot be a command and a family");
        }
    }
}
