//! Claims: what the project says of itself, shown on the built program.
//!
//! A set is a function that measures and claims; each claim prints one line as
//! soon as it is known, and the run fails when any falls short:
//!
//! ```text
//! pass   cards after a restart: 0 twice (goal 0 twice)
//! short  a command's answer, 95th percentile: 310 ms (goal at most 250 ms)
//! ```

use std::fmt;
use std::pin::Pin;
use std::process::ExitCode;

use anyhow::Result;
use tracing_subscriber::EnvFilter;

use crate::harness::process::keep_logs_quiet;

/// One measured claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// What is claimed, in words that a user understands.
    pub what: String,
    /// What was measured, with its unit.
    pub figure: String,
    /// What was promised, with its unit.
    pub goal: String,
    /// Whether the figure keeps the promise.
    pub pass: bool,
}

impl Claim {
    /// A claim that was judged by its caller.
    pub fn new(
        what: impl Into<String>,
        figure: impl fmt::Display,
        goal: impl fmt::Display,
        pass: bool,
    ) -> Self {
        Self { what: what.into(), figure: figure.to_string(), goal: goal.to_string(), pass }
    }

    /// A figure that must not be above its goal.
    pub fn at_most(what: impl Into<String>, figure: f64, goal: f64, unit: &str) -> Self {
        let pass = figure <= goal;
        let goal = format!("at most {} {unit}", short(goal));
        Self::new(what, format!("{} {unit}", short(figure)), goal, pass)
    }

    /// A figure that must not be below its goal.
    pub fn at_least(what: impl Into<String>, figure: f64, goal: f64, unit: &str) -> Self {
        let pass = figure >= goal;
        let goal = format!("at least {} {unit}", short(goal));
        Self::new(what, format!("{} {unit}", short(figure)), goal, pass)
    }

    /// A count that must be exactly its goal.
    pub fn exactly(what: impl Into<String>, figure: u64, goal: u64, unit: &str) -> Self {
        Self::new(what, format!("{figure} {unit}"), format!("{goal} {unit}"), figure == goal)
    }
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, figure, goal, pass } = self;
        let verdict = if *pass { "pass " } else { "short" };
        write!(f, "{verdict}  {what}: {figure} (goal {goal})")
    }
}

fn short(figure: f64) -> String {
    let text = format!("{figure:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The claims of a run so far.
#[derive(Debug, Default)]
pub struct Claims(Vec<Claim>);

impl Claims {
    /// Prints a claim and keeps it.
    pub fn add(&mut self, claim: Claim) {
        println!("{claim}");
        self.0.push(claim);
    }

    /// How many fell short.
    pub fn short(&self) -> usize {
        self.0.iter().filter(|claim| !claim.pass).count()
    }
}

/// What a set's function returns: `Box::pin(async move { .. })`.
pub type Measuring<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// A named set of claims.
#[derive(Clone, Copy)]
pub struct Set {
    /// What a developer types.
    pub name: &'static str,
    /// What it shows, in a line.
    pub about: &'static str,
    /// Measures and claims.
    pub run: fn(&mut Claims) -> Measuring<'_>,
}

/// Runs the named sets, or all when none is named; fails when a claim is short.
pub async fn run(sets: &[Set], names: &[String]) -> ExitCode {
    keep_logs_quiet();
    // Nothing, unless asked: `RUST_LOG=sqlx::query=debug` tells each statement and what it took.
    // A second run in one process is heard by what the first one set up.
    let _ = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::from_default_env())
        .with_writer(std::io::stderr)
        .try_init();
    if let Some(unknown) = names.iter().find(|name| !sets.iter().any(|set| set.name == **name)) {
        eprintln!("there is no set {unknown}; there are:");
        for set in sets {
            eprintln!("  {:<12} {}", set.name, set.about);
        }
        return ExitCode::from(2);
    }
    let chosen = sets
        .iter()
        .filter(|set| names.is_empty() || names.iter().any(|name| name == set.name))
        .copied()
        .collect::<Vec<_>>();
    // In a task, as the program works: waking the thread that started the runtime takes several
    // times as long as waking one of its workers, and that would be measured, too.
    match tokio::spawn(measured(chosen)).await {
        Ok(exit) => exit,
        Err(error) => {
            eprintln!("the measuring itself broke off: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn measured(sets: Vec<Set>) -> ExitCode {
    let mut claims = Claims::default();
    let mut failed = false;
    for set in sets {
        println!("{}: {}", set.name, set.about);
        if let Err(error) = (set.run)(&mut claims).await {
            eprintln!("{} could not be measured: {error:#}", set.name);
            failed = true;
        }
    }
    println!("{} claims, {} short", claims.0.len(), claims.short());
    if failed || claims.short() > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_claim_is_one_line() {
        let claim = Claim::at_most("an answer", 310.0, 250.0, "ms");
        assert_eq!(claim.to_string(), "short  an answer: 310 ms (goal at most 250 ms)");
        let claim = Claim::exactly("cards shown twice", 0, 0, "cards");
        assert_eq!(claim.to_string(), "pass   cards shown twice: 0 cards (goal 0 cards)");
        let claim = Claim::at_least("recall", 0.985, 0.98, "of 1");
        assert_eq!(claim.to_string(), "pass   recall: 0.98 of 1 (goal at least 0.98 of 1)");
    }

    fn falls_short(claims: &mut Claims) -> Measuring<'_> {
        Box::pin(async move {
            claims.add(Claim::exactly("planted", 1, 0, "faults"));
            Ok(())
        })
    }

    fn holds(claims: &mut Claims) -> Measuring<'_> {
        Box::pin(async move {
            claims.add(Claim::exactly("planted", 0, 0, "faults"));
            Ok(())
        })
    }

    #[tokio::test]
    async fn a_run_fails_when_a_claim_is_short_or_a_set_unknown() {
        let sets = [
            Set { name: "bad", about: "", run: falls_short },
            Set { name: "good", about: "", run: holds },
        ];
        let ok = format!("{:?}", ExitCode::SUCCESS);
        let run = async |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            format!("{:?}", run(&sets, &names).await)
        };
        assert_eq!(run(&["good"]).await, ok);
        assert_ne!(run(&["bad"]).await, ok);
        assert_ne!(run(&[]).await, ok);
        assert_ne!(run(&["absent"]).await, ok);
    }
}
