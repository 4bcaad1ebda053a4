//! What it costs to work with records in a large workspace, against bare SQL for the same rows on
//! the same data in the same run: opening a record with its timeline, listing, a board, searching
//! as one types, and moving a deal.
//!
//! Like the road's, these figures are taken inside the program: over HTTP they would be HTTP's.

mod filling;

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use crm::commands::MoveRecord;
use crm::ids::BlueprintId;
use crm::lists::searching::Search;
use crm::lists::{Audience, Filter, Grouping, Known, List};
use crm::{Cause, Command};

use self::filling::{Filled, STAGES};
use crate::claims::{Claim, Claims, Measuring};
use crate::harness::bare::{Arg, Bare};
use crate::harness::chance::Chance;
use crate::harness::folder::Folder;
use crate::harness::postgres::Postgres;
use crate::harness::team::Database;

/// How often each is done.
const ROUNDS: usize = 300;
/// How often before that, so that caches are as warm as on a working day.
const WARMING: usize = 30;
/// The longest that 95 of 100 may take.
const P95_MS: f64 = 20.0;
/// How much longer than bare SQL it may take.
const TIMES: f64 = 3.0;
/// Rows of a page, and of a timeline.
const PAGE: i64 = 50;
/// Records shown of each stage of a board.
const OF_STAGE: i64 = 10;

/// What records cost, on both databases.
pub fn records(claims: &mut Claims) -> Measuring<'_> {
    Box::pin(async move {
        let folder = Folder::new("bench-records")?;
        let url = format!("sqlite:{}", folder.path().join("records.db").display());
        on(claims, Database::Sqlite, &url, &format!("{url}.bare")).await?;
        let server = Postgres::start()?;
        let (url, bare) = (server.fresh_database()?, server.fresh_database()?);
        on(claims, Database::Postgres, &url, &bare).await
    })
}

async fn on(claims: &mut Claims, database: Database, url: &str, bare_url: &str) -> Result<()> {
    let mut chance = Chance::new(20_270_331);
    let began = Instant::now();
    let filled = Filled::make(url, &mut chance).await?;
    claims.add(Claim::new(
        format!("a workspace on {database:?}"),
        format!(
            "{} people, {} companies, {} deals, {} interactions, filled in {:.0} s",
            filling::PEOPLE,
            filling::COMPANIES,
            filling::DEALS,
            filling::INTERACTIONS,
            began.elapsed().as_secs_f64()
        ),
        "told, without a goal",
        true,
    ));
    let mut bench = Bench { filled, bare: Bare::reading(url).await?, chance, database };
    bench.open(claims).await?;
    bench.list(claims).await?;
    bench.board(claims).await?;
    bench.search(claims).await?;
    bench.moves(claims, bare_url).await?;
    let Bench { filled, bare, .. } = bench;
    bare.close().await?;
    filled.store.close().await;
    Ok(())
}

struct Bench {
    filled: Filled,
    bare: Bare,
    chance: Chance,
    database: Database,
}

/// How long each took, ours and bare.
#[derive(Default)]
struct Took {
    ours: Vec<Duration>,
    bare: Vec<Duration>,
}

impl Took {
    fn claim(mut self, claims: &mut Claims, what: &str, database: Database) {
        let ms = |took: &mut Vec<Duration>, of_100: usize| {
            took.sort_unstable();
            let at = (took.len() * of_100 / 100).min(took.len().saturating_sub(1));
            took.get(at).map_or(f64::INFINITY, |took| took.as_secs_f64() * 1_000.0)
        };
        let (half, most) = (ms(&mut self.ours, 50), ms(&mut self.ours, 95));
        let bare = ms(&mut self.bare, 50);
        claims.add(Claim::new(
            format!("{what}, on {database:?}, 95 of 100"),
            format!("{most:.2} ms (half {half:.2} ms; bare SQL, half {bare:.2} ms)"),
            format!("at most {P95_MS} ms"),
            most <= P95_MS,
        ));
        claims.add(Claim::at_most(
            format!("{what}, on {database:?}, against bare SQL for the same rows"),
            half / bare,
            TIMES,
            "times",
        ));
    }
}

impl Bench {
    /// What a page of a record asks for: the record, its blueprint and owner, its channels and
    /// relations with the records behind them, and the newest of its timeline.
    async fn open(&mut self, claims: &mut Claims) -> Result<()> {
        let mut took = Took::default();
        for round in 0..WARMING + ROUNDS {
            let all = [&self.filled.people, &self.filled.companies, &self.filled.deals][round % 3];
            let id = all[self.chance.below(all.len())].clone();
            let began = Instant::now();
            let mut read = self.filled.crm.read(&self.filled.actor).await?;
            let record = read.record(&id).await?.context("a record")?;
            let blueprint = read.blueprint(&record.blueprint, record.blueprint_version).await?;
            blueprint.context("a blueprint")?;
            if let Some(owner) = &record.owner {
                read.member(owner).await?;
            }
            let identities = read.identities(&id).await?;
            let mut others = 0;
            for link in read.links(&id).await? {
                let other = if link.from == id { link.to } else { link.from };
                others += usize::from(read.record(&other).await?.is_some());
            }
            let timeline = read.interactions(&id, None, PAGE).await?;
            drop(read);
            let ours = began.elapsed();

            let (tenant, this) = (self.filled.tenant.as_str(), id.as_str());
            let of: [Arg; 2] = [tenant.into(), this.into()];
            let began = Instant::now();
            let bare = &mut self.bare;
            bare.rows("SELECT * FROM record WHERE tenant = $1 AND id = $2", &of).await?;
            bare.rows(
                "SELECT m.* FROM record r JOIN member m ON m.tenant = r.tenant AND m.id = r.owner \
                 WHERE r.tenant = $1 AND r.id = $2",
                &of,
            )
            .await?;
            let channels = bare
                .rows("SELECT * FROM identity WHERE tenant = $1 AND record = $2", &of)
                .await?
                .len();
            let linked = bare
                .rows(
                    "SELECT l.*, r.* FROM link l JOIN record r ON r.tenant = l.tenant \
                         AND r.id = l.to_record \
                     WHERE l.tenant = $1 AND l.from_record = $2 \
                     UNION ALL \
                     SELECT l.*, r.* FROM link l JOIN record r ON r.tenant = l.tenant \
                         AND r.id = l.from_record \
                     WHERE l.tenant = $1 AND l.to_record = $2",
                    &of,
                )
                .await?
                .len();
            let lines = bare
                .rows(
                    "SELECT * FROM interaction WHERE tenant = $1 AND record = $2 \
                     ORDER BY at DESC, id DESC LIMIT 50",
                    &of,
                )
                .await?
                .len();
            let theirs = began.elapsed();
            anyhow::ensure!(
                (identities.len(), others, timeline.len()) == (channels, linked, lines),
                "the bare questions find other rows for {id}"
            );
            took.keep(round, ours, theirs);
        }
        took.claim(claims, "open a record with its timeline", self.database);
        Ok(())
    }

    fn deal(&self) -> Result<BlueprintId> {
        self.filled.deal.id.clone().context("a blueprint")
    }

    async fn list(&mut self, claims: &mut Claims) -> Result<()> {
        let mut took = Took::default();
        let deal = self.deal()?;
        for round in 0..WARMING + ROUNDS {
            let (region, score) = (self.chance.below(20), 50 + self.chance.below(45));
            let filter = format!("blueprint:deal region=\"Region {region}\" score>{score}");
            let began = Instant::now();
            let mut read = self.filled.crm.read(&self.filled.actor).await?;
            let (me, now) = (self.filled.actor.member().cloned(), self.filled.crm.env().now());
            let known = Known::read(read.as_mut(), me, now, Audience::Member).await?;
            let list = List::written(&known, &filter, "renews_on", PAGE, None)?;
            let page = read.list(&list).await?;
            drop(read);
            let ours = began.elapsed();

            let args: [Arg; 4] = [
                self.filled.tenant.as_str().into(),
                deal.as_str().into(),
                format!("region {region}").into(),
                #[expect(clippy::cast_precision_loss, reason = "a small number")]
                (score as f64).into(),
            ];
            let began = Instant::now();
            let rows = self
                .bare
                .rows(
                    "SELECT r.* FROM field_index a \
                     JOIN field_index b ON b.tenant = a.tenant AND b.record = a.record \
                         AND b.column_id = 'score' AND b.num_value > $4 \
                     JOIN field_index c ON c.tenant = a.tenant AND c.record = a.record \
                         AND c.column_id = 'renews_on' \
                     JOIN record r ON r.tenant = a.tenant AND r.id = a.record \
                         AND r.trashed_at IS NULL \
                     WHERE a.tenant = $1 AND a.blueprint = $2 AND a.column_id = 'region' \
                         AND a.text_value = $3 \
                     ORDER BY c.time_value, a.record LIMIT 50",
                    &args,
                )
                .await?;
            let theirs = began.elapsed();
            let ids = page.records.iter().map(|record| record.id.as_str()).collect::<Vec<_>>();
            let bare_ids = rows.iter().filter_map(|row| row["id"].as_deref()).collect::<Vec<_>>();
            anyhow::ensure!(ids == bare_ids, "the bare question lists other rows for {filter}");
            took.keep(round, ours, theirs);
        }
        took.claim(claims, "list 50 deals by two custom columns, sorted by a third", self.database);
        Ok(())
    }

    async fn board(&mut self, claims: &mut Claims) -> Result<()> {
        let mut took = Took::default();
        let deal = self.deal()?;
        // A board is asked for less often and costs more.
        for round in 0..WARMING + ROUNDS / 3 {
            let began = Instant::now();
            let mut read = self.filled.crm.read(&self.filled.actor).await?;
            let (me, now) = (self.filled.actor.member().cloned(), self.filled.crm.env().now());
            let known = Known::read(read.as_mut(), me, now, Audience::Member).await?;
            let condition = known.bind(&Filter::parse("blueprint:deal")?)?;
            let sum = Some((deal.clone(), "value".to_owned()));
            let groups = read.groups(&Grouping { condition, sum }).await?;
            let mut shown = 0;
            for stage in 0..STAGES {
                let filter = format!("blueprint:deal stage:step_{stage}");
                let list = List::written(&known, &filter, "", OF_STAGE, None)?;
                shown += read.list(&list).await?.records.len();
            }
            drop(read);
            let ours = began.elapsed();

            let tenant = self.filled.tenant.as_str();
            let of: [Arg; 2] = [tenant.into(), deal.as_str().into()];
            let began = Instant::now();
            let sums = self
                .bare
                .rows(
                    "SELECT r.state, f.text_value, COUNT(*) AS items, SUM(f.num_value) AS total \
                     FROM record r LEFT JOIN field_index f ON f.tenant = r.tenant \
                         AND f.record = r.id AND f.column_id = 'value' \
                     WHERE r.tenant = $1 AND r.blueprint = $2 AND r.flow = 'ten' \
                         AND r.trashed_at IS NULL \
                     GROUP BY r.state, f.text_value",
                    &of,
                )
                .await?;
            let mut listed = 0;
            for stage in 0..STAGES {
                let args: [Arg; 3] =
                    [tenant.into(), deal.as_str().into(), format!("step_{stage}").into()];
                listed += self
                    .bare
                    .rows(
                        "SELECT * FROM record WHERE tenant = $1 AND blueprint = $2 \
                             AND flow = 'ten' AND state = $3 AND trashed_at IS NULL \
                         ORDER BY id DESC LIMIT 10",
                        &args,
                    )
                    .await?
                    .len();
            }
            let theirs = began.elapsed();
            let of_groups = groups.iter().map(|group| group.sums.len()).sum::<usize>();
            anyhow::ensure!((of_groups, shown) == (sums.len(), listed), "another board");
            took.keep(round, ours, theirs);
        }
        took.claim(claims, "a board of 10 stages with sums and the first of each", self.database);
        Ok(())
    }

    /// Titles, letter by letter. Nothing that is typed here begins a key.
    async fn search(&mut self, claims: &mut Claims) -> Result<()> {
        const TYPED: &[&str] = &[
            "a", "an", "ann", "anna", "anna s", "anna sc", "b", "ba", "bal", "balc", "k", "kel",
            "keld", "nov", "nová", "søren x", "xen", "x", "qui", "zhan",
        ];
        let mut took = Took::default();
        for round in 0..WARMING + ROUNDS {
            let text = self.chance.pick(TYPED);
            let search = Search::new(text).context("a word")?;
            let began = Instant::now();
            let mut read = self.filled.crm.read(&self.filled.actor).await?;
            let blueprints = read.blueprints().await?;
            let found = read.search(&search, 5).await?;
            drop(read);
            let ours = began.elapsed();
            anyhow::ensure!(!found.is_empty() || text.len() > 3, "{text} is not found");

            let began = Instant::now();
            for blueprint in &blueprints {
                let of = blueprint.id.clone().context("an id")?;
                let longest = search
                    .words
                    .iter()
                    .max_by_key(|word| word.chars().count())
                    .context("a word")?;
                let until = |word: &str| format!("{word}\u{10ffff}");
                let args: [Arg; 6] = [
                    self.filled.tenant.as_str().into(),
                    of.as_str().into(),
                    search.whole.as_str().into(),
                    until(&search.whole).into(),
                    longest.as_str().into(),
                    until(longest).into(),
                ];
                self.bare
                    .rows(
                        "SELECT r.* FROM record r WHERE r.tenant = $1 AND r.id IN ( \
                             SELECT id FROM (SELECT id FROM record WHERE tenant = $1 \
                                 AND blueprint = $2 AND trashed_at IS NULL \
                                 AND title_folded >= $3 AND title_folded < $4 \
                                 ORDER BY title_folded, id LIMIT 5) AS a \
                             UNION SELECT record FROM (SELECT record FROM search_word \
                                 WHERE tenant = $1 AND blueprint = $2 AND place = 1 \
                                 AND word >= $5 AND word < $6 ORDER BY word, record LIMIT 5) AS b \
                             UNION SELECT record FROM (SELECT record FROM search_word \
                                 WHERE tenant = $1 AND blueprint = $2 AND place = 2 \
                                 AND word >= $3 AND word < $4 ORDER BY word, record LIMIT 5) AS c)",
                        &args,
                    )
                    .await?;
            }
            took.keep(round, ours, began.elapsed());
        }
        took.claim(claims, "search as one types, five of each kind", self.database);
        Ok(())
    }

    /// Moving a deal, against as many rows changed and written in one commit.
    async fn moves(&mut self, claims: &mut Claims, bare_url: &str) -> Result<()> {
        let mut bare = Commits::new(bare_url).await?;
        let mut took = Took::default();
        let before = self.rows().await?;
        let mut moved = 0;
        for round in 0..WARMING + ROUNDS {
            let id = self.filled.deals[self.chance.below(self.filled.deals.len())].clone();
            let to = format!("Step {}", self.chance.below(STAGES));
            let cause = Cause::new(format!("bench:{round}"));
            let command = Command::MoveRecord(MoveRecord::to(id, to));
            let began = Instant::now();
            let done = self.filled.crm.run(&self.filled.actor, cause, command).await;
            let ours = began.elapsed();
            // It may be there already.
            if done.is_err() {
                continue;
            }
            moved += 1;
            took.keep(round, ours, bare.one().await?);
        }
        let made = (self.rows().await? - before) / moved.max(1);
        anyhow::ensure!(
            made <= Commits::INSERTED,
            "a move makes {made} rows; the bare commit makes {}",
            Commits::INSERTED
        );
        bare.bare.close().await?;
        took.claim(claims, "move a deal, committed to disk", self.database);
        Ok(())
    }

    /// The rows of what a move writes.
    async fn rows(&mut self) -> Result<i64> {
        let mut all = 0;
        for table in ["interaction", "fact", "entry"] {
            let sql = format!("SELECT CAST(COUNT(*) AS TEXT) FROM {table}");
            all += self.bare.cell(&sql, &[]).await?.parse::<i64>()?;
        }
        Ok(all)
    }
}

impl Took {
    fn keep(&mut self, round: usize, ours: Duration, bare: Duration) {
        if round >= WARMING {
            self.ours.push(ours);
            self.bare.push(bare);
        }
    }
}

/// The least that keeps what a move keeps: a deal looked up and changed, its totals and the
/// tenant's count changed, a line on the timeline, the command and its facts written; one commit.
struct Commits {
    bare: Bare,
    written: i64,
}

impl Commits {
    /// Rows that one commit inserts.
    const INSERTED: i64 = 4;
    /// Rows that it changes besides the deal.
    const CHANGED: i64 = 5;
    /// Rows that stand there before.
    const STANDING: i64 = 50_000;

    async fn new(url: &str) -> Result<Self> {
        let mut bare = Bare::writing(url).await?;
        for table in ["standing", "made"] {
            bare.execute(
                &format!(
                    "CREATE TABLE {table} (tenant TEXT NOT NULL, id TEXT NOT NULL, kind TEXT, \
                     payload TEXT, at BIGINT, PRIMARY KEY (tenant, id))"
                ),
                &[],
            )
            .await?;
            let index = format!("CREATE INDEX {table}_at ON {table} (tenant, kind, at, id)");
            bare.execute(&index, &[]).await?;
        }
        bare.execute(
            "INSERT INTO standing \
             WITH RECURSIVE line (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM line WHERE n < $1) \
             SELECT 'ten', 'row_' || CAST(n AS TEXT), 'kind', $2, n FROM line",
            &[Self::STANDING.into(), "x".repeat(300).into()],
        )
        .await?;
        Ok(Self { bare, written: 0 })
    }

    async fn one(&mut self) -> Result<Duration> {
        let payload = "x".repeat(300);
        let began = Instant::now();
        let begin = if self.bare.is_sqlite() { "BEGIN IMMEDIATE" } else { "BEGIN" };
        self.bare.execute(begin, &[]).await?;
        let id = format!("row_{}", 1 + self.written * 7_919 % Self::STANDING);
        let tenant = || Arg::from("ten");
        self.bare
            .rows("SELECT * FROM standing WHERE tenant = $1 AND id = $2", &[tenant(), id.into()])
            .await?;
        for row in 0..=Self::CHANGED {
            let id = format!("row_{}", 1 + (self.written + row) * 7_919 % Self::STANDING);
            self.bare
                .execute(
                    "UPDATE standing SET kind = $3, payload = $4 WHERE tenant = $1 AND id = $2",
                    &[tenant(), id.into(), format!("k{row}").into(), payload.clone().into()],
                )
                .await?;
        }
        for _ in 0..Self::INSERTED {
            self.written += 1;
            self.bare
                .execute(
                    "INSERT INTO made VALUES ($1, $2, $3, $4, $5)",
                    &[
                        tenant(),
                        format!("row_{:016}", self.written).into(),
                        "kind".into(),
                        payload.clone().into(),
                        self.written.into(),
                    ],
                )
                .await?;
        }
        self.bare.execute("COMMIT", &[]).await?;
        Ok(began.elapsed())
    }
}
