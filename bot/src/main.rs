//! The `tieline` program: serve, try it out, look after it.

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use bot::app::{self, DataFolder};
use bot::config::{Config, EXAMPLE, Log, LogFormat};
use bot::workspace::{self, NewWorkspace, TOKEN_DAYS};
use bot::{demo, doctor, lines, transfer};
use clap::{Parser, Subcommand, ValueEnum};
use crm::exports::ExportFormat;
use crm::imports::Mode;
use crm::tenants::UnlinkedPolicy;
use crm::{Actor, Crm, Env};
use tracing_subscriber::EnvFilter;

/// Messages and imports are many small texts, made on one thread and dropped on another. With this
/// allocator an import takes a quarter less time than with the system's.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Libraries whose everyday talk does not belong in the log.
const QUIET_LIBRARIES: &str = "serenity=warn,serenity::gateway::ws=off,tungstenite=warn,matrix_sdk=warn,matrix_sdk::http_client=off,\
     matrix_sdk::client::futures=off,matrix_sdk_base=warn,matrix_sdk_crypto=warn,\
     matrix_sdk_crypto::backups=off,matrix_sdk_sqlite=warn,sqlx=warn,hyper=warn,tower_http=warn";

/// The CRM that lives in your team's chat.
#[derive(Parser)]
#[command(name = "tieline", version, about, max_term_width = 100)]
struct Cli {
    /// The configuration file.
    #[arg(long, short, global = true, default_value = "tieline.toml", env = "TIELINE_CONFIG")]
    config: PathBuf,
    #[command(subcommand)]
    action: Action,
}

/// What every command that reads JSON lines takes.
#[derive(clap::Args)]
struct Lines {
    /// Print what it cost, as one JSON line, to the standard error.
    #[arg(long)]
    stats: bool,
}

impl Lines {
    fn tell(&self, stats: &lines::Stats) -> Result<()> {
        if self.stats {
            eprintln!("{}", serde_json::to_string(stats)?);
        }
        Ok(())
    }
}

/// What is merged besides what is sure.
#[derive(Clone, Copy, ValueEnum)]
enum HowToMerge {
    /// Suggestions that are more likely right than wrong.
    Review,
}

#[derive(Subcommand)]
enum Action {
    /// Run Tieline.
    Serve,
    /// Try Tieline with a sample team and its own chat; no account anywhere is needed.
    Demo {
        /// Address and port to listen on.
        #[arg(long, default_value = "127.0.0.1:8080")]
        listen: SocketAddr,
        /// Where the demo keeps its data.
        #[arg(long, default_value = "data/demo")]
        folder: PathBuf,
    },
    /// Make a workspace with its owner, and print the owner's sign-in link.
    Init {
        /// What the team is called.
        #[arg(long)]
        name: String,
        /// The owner's name.
        #[arg(long)]
        owner: String,
        /// The owner's e-mail address.
        #[arg(long)]
        email: String,
        /// The team's time zone.
        #[arg(long, default_value = "UTC")]
        timezone: String,
        /// The team's country, two letters: how national phone numbers are read.
        #[arg(long)]
        region: Option<String>,
        /// What people in bound rooms may do before they link their account.
        #[arg(long, value_enum, default_value = "nothing")]
        unlinked: Unlinked,
        /// Make one beside the workspaces there are.
        #[arg(long)]
        another: bool,
    },
    /// Print a link that signs a member in, once, within a quarter of an hour.
    SignIn {
        /// The member's e-mail address.
        email: String,
    },
    /// Check the configuration, the database and each connection, and say what to do.
    Doctor,
    /// Show or check the configuration.
    Config {
        #[command(subcommand)]
        action: ConfigAction,
    },
    /// Tokens for programs that use the API.
    Token {
        #[command(subcommand)]
        action: TokenAction,
    },
    /// Spaces: tables and pipelines made from a template.
    Space {
        #[command(subcommand)]
        action: SpaceAction,
    },
    /// Import a file: CSV, JSON lines or vCards.
    Import {
        /// The file.
        file: PathBuf,
        /// What its rows become: person, company, deal or any other blueprint.
        #[arg(long)]
        blueprint: String,
        /// Where a column goes, like "E-mail=email"; once for each. Left out, by suggestion.
        #[arg(long)]
        map: Vec<String>,
        /// Whether to make records, to change those that are there, or both.
        #[arg(long, value_enum, default_value = "both")]
        mode: HowToImport,
        /// By what rows are recognised: email, phone, key, title…; once for each.
        #[arg(long = "match")]
        match_by: Vec<String>,
        /// Whether 3/4/2027 is the third of April.
        #[arg(long)]
        day_first: Option<bool>,
        /// Whether 1.234 is more than a thousand.
        #[arg(long)]
        decimal_comma: Option<bool>,
        /// The currency of amounts that name none.
        #[arg(long)]
        currency: Option<String>,
        /// Only say what would happen.
        #[arg(long)]
        dry_run: bool,
        /// The member who does it; with one workspace, its owner when left out.
        #[arg(long = "as")]
        acting_as: Option<String>,
    },
    /// Export records as CSV, JSON lines or vCards.
    Export {
        /// What: person, company, deal or any other blueprint.
        blueprint: String,
        /// What they are like: "stage:open owner:me".
        #[arg(long, default_value = "")]
        filter: String,
        /// In which order: "-value,title".
        #[arg(long, default_value = "")]
        sort: String,
        /// The columns, separated by commas; all that are not sensitive when left out.
        #[arg(long, default_value = "")]
        columns: String,
        /// How to write it.
        #[arg(long, value_enum, default_value = "csv")]
        format: HowToExport,
        /// The file to write; left out, it is printed.
        #[arg(long, short)]
        out: Option<PathBuf>,
        /// The member who does it; with one workspace, its owner when left out.
        #[arg(long = "as")]
        acting_as: Option<String>,
    },
    /// Read contacts and context out of texts: JSON lines in, JSON lines out.
    Extract {
        #[command(flatten)]
        lines: Lines,
        /// Leave out people who cannot be made without asking.
        #[arg(long)]
        auto: bool,
    },
    /// Say which people and companies are one: JSON lines in, JSON lines out.
    Match {
        #[command(flatten)]
        lines: Lines,
        /// Compare names in twos instead.
        #[arg(long, conflicts_with = "merge")]
        pairs: bool,
        /// Merge likely suggestions, too.
        #[arg(long, value_enum)]
        merge: Option<HowToMerge>,
    },
    /// Take names apart: JSON lines in, JSON lines out.
    Names(Lines),
    /// Find known names in texts: JSON lines in, JSON lines out.
    Scan {
        /// The known names, one record a line.
        #[arg(long)]
        names: PathBuf,
        #[command(flatten)]
        lines: Lines,
    },
    /// Print the description of the API.
    Openapi,
}

#[derive(Subcommand)]
enum ConfigAction {
    /// Print a configuration with every key.
    Example,
    /// Check the configuration file.
    Check,
}

#[derive(Subcommand)]
enum TokenAction {
    /// Make a token with which a program acts as a member, and print it this once.
    Create {
        /// The member's e-mail address.
        email: String,
        /// What it is for.
        #[arg(long, default_value = "api")]
        name: String,
        /// For how many days it works.
        #[arg(long, default_value_t = TOKEN_DAYS)]
        days: i64,
    },
}

#[derive(Subcommand)]
enum SpaceAction {
    /// Make a space from a template, with the blueprints that are not there yet.
    Create {
        /// What it is made from: crm, delivery, recruiting, stock or support.
        #[arg(long)]
        template: String,
        /// What to call it.
        #[arg(long)]
        name: String,
        /// In which workspace; with one only, it need not be said.
        #[arg(long)]
        workspace: Option<String>,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum HowToImport {
    /// Only make what is not there.
    Create,
    /// Only change what is there.
    Update,
    /// Both.
    Both,
}

#[derive(Clone, Copy, ValueEnum)]
enum HowToExport {
    /// Comma-separated, with a header.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Address cards.
    Vcard,
}

#[derive(Clone, Copy, ValueEnum)]
enum Unlinked {
    /// No card, no answer but the way to link.
    Nothing,
    /// Cards and look-ups, but no change.
    Read,
}

fn main() -> ExitCode {
    // Two providers of cryptography are compiled in; TLS needs to be told which one to take.
    if rustls::crypto::aws_lc_rs::default_provider().install_default().is_err() {
        eprintln!("tieline: another TLS provider was installed first");
        return ExitCode::FAILURE;
    }
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("tieline: failed to start: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("tieline: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode> {
    let env = Env::system();
    match cli.action {
        Action::Serve => {
            let config = Config::read(&cli.config)?;
            log(&config.log);
            let (crm, folder) = open(&config, &env).await?;
            if crm.hub().tenants().await?.is_empty() {
                anyhow::bail!("There is no workspace yet. Make one with `tieline init`.");
            }
            app::serve(config, crm, folder, || {}).await?;
        }
        Action::Demo { listen, folder } => {
            let folder = std::path::absolute(folder)?;
            let config = demo::config(&folder, listen)?;
            log(&config.log);
            let (crm, folder) = open(&config, &env).await?;
            let (tenant, owner) = demo::workspace(&crm).await?;
            let link =
                workspace::sign_in_link(&crm, &config.server.public_url, tenant, owner).await?;
            app::serve(config, crm, folder, || {
                println!(
                    "Tieline is ready. Sign in as Rosa, once, within 15 minutes:\n\n  {link}\n"
                );
                println!("Say “just had a great call with Acme” in #sales. Ctrl-C ends it.");
            })
            .await?;
        }
        Action::Init { name, owner, email, timezone, region, unlinked, another } => {
            let config = Config::read(&cli.config)?;
            log(&config.log);
            let (crm, _folder) = open(&config, &env).await?;
            if let Some(there) = crm.hub().tenants().await?.first()
                && !another
            {
                anyhow::bail!(
                    "There is a workspace “{}” already. Print a sign-in link with `tieline sign-in \
                     ADDRESS`, or say --another for a second workspace.",
                    there.name
                );
            }
            let unlinked = match unlinked {
                Unlinked::Nothing => UnlinkedPolicy::Nothing,
                Unlinked::Read => UnlinkedPolicy::Read,
            };
            let region = region.map(|r| r.to_uppercase());
            let new = NewWorkspace { name, timezone, region, unlinked, owner, email };
            let (tenant, owner) = workspace::make(&crm, new).await?;
            let link =
                workspace::sign_in_link(&crm, &config.server.public_url, tenant, owner).await?;
            println!("{link}");
        }
        Action::SignIn { email } => {
            let config = Config::read(&cli.config)?;
            log(&config.log);
            let (crm, _folder) = open(&config, &env).await?;
            let (tenant, member) = workspace::member_of_address(&crm, &email).await?;
            let link =
                workspace::sign_in_link(&crm, &config.server.public_url, tenant, member).await?;
            println!("{link}");
        }
        Action::Doctor => {
            if !doctor::examine(&cli.config, &env).await {
                return Ok(ExitCode::FAILURE);
            }
        }
        Action::Config { action: ConfigAction::Example } => print!("{EXAMPLE}"),
        Action::Config { action: ConfigAction::Check } => {
            Config::read(&cli.config)?;
            println!("{} is fine.", cli.config.display());
        }
        Action::Token { action: TokenAction::Create { email, name, days } } => {
            let config = Config::read(&cli.config)?;
            log(&config.log);
            let (crm, _folder) = open(&config, &env).await?;
            let (tenant, member) = workspace::member_of_address(&crm, &email).await?;
            println!("{}", workspace::token(&crm, tenant, member, &name, days).await?);
        }
        Action::Space { action: SpaceAction::Create { template, name, workspace } } => {
            let config = Config::read(&cli.config)?;
            log(&config.log);
            let (crm, _folder) = open(&config, &env).await?;
            let said = workspace::space(&crm, workspace.as_deref(), name, template).await?;
            println!("{said}");
        }
        Action::Import {
            file,
            blueprint,
            map,
            mode,
            match_by,
            day_first,
            decimal_comma,
            currency,
            dry_run,
            acting_as,
        } => {
            let config = Config::read(&cli.config)?;
            log(&config.log);
            let (crm, _folder) = open(&config, &env).await?;
            let (tenant, member) = transfer::acting(&crm, acting_as.as_deref()).await?;
            let mode = match mode {
                HowToImport::Create => Mode::Create,
                HowToImport::Update => Mode::Update,
                HowToImport::Both => Mode::Both,
            };
            let how = transfer::ImportFile {
                blueprint,
                map,
                mode,
                match_by,
                day_first,
                decimal_comma,
                currency,
                dry_run,
            };
            let actor = Actor::Member { tenant, member };
            println!("{}", transfer::import(&crm, &actor, &file, how).await?);
        }
        Action::Export { blueprint, filter, sort, columns, format, out, acting_as } => {
            let config = Config::read(&cli.config)?;
            log(&config.log);
            let (crm, _folder) = open(&config, &env).await?;
            let (tenant, member) = transfer::acting(&crm, acting_as.as_deref()).await?;
            let format = match format {
                HowToExport::Csv => ExportFormat::Csv,
                HowToExport::Jsonl => ExportFormat::Jsonl,
                HowToExport::Vcard => ExportFormat::Vcard,
            };
            let what = transfer::ExportFile { blueprint, filter, sort, columns, format };
            let actor = Actor::Member { tenant, member };
            match out {
                None => {
                    transfer::export(&crm, &actor, what, &mut std::io::stdout().lock()).await?;
                }
                Some(path) => {
                    let file = std::fs::File::create(&path)
                        .with_context(|| format!("failed to write {}", path.display()))?;
                    let mut file = std::io::BufWriter::new(file);
                    let count = transfer::export(&crm, &actor, what, &mut file).await?;
                    file.flush()?;
                    println!("{count} records are in {}.", path.display());
                }
            }
        }
        Action::Extract { lines: asked, auto } => {
            let output = std::io::BufWriter::new(std::io::stdout().lock());
            asked.tell(&lines::extract::run(std::io::stdin().lock(), output, auto)?)?;
        }
        Action::Match { lines: asked, pairs, merge } => {
            let input = std::io::stdin().lock();
            let output = std::io::BufWriter::new(std::io::stdout().lock());
            asked.tell(&if pairs {
                lines::matching::run_pairs(input, output)?
            } else {
                lines::matching::run(input, output, merge.is_some())?
            })?;
        }
        Action::Names(asked) => {
            let output = std::io::BufWriter::new(std::io::stdout().lock());
            asked.tell(&lines::names::run(std::io::stdin().lock(), output)?)?;
        }
        Action::Scan { names, lines: asked } => {
            let output = std::io::BufWriter::new(std::io::stdout().lock());
            asked.tell(&lines::scan::run(&names, std::io::stdin().lock(), output)?)?;
        }
        Action::Openapi => {
            let text = webhooks::openapi().to_pretty_json().context("failed to write the API")?;
            std::io::stdout().write_all(text.as_bytes())?;
            println!();
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn open(config: &Config, env: &Env) -> Result<(Crm, DataFolder)> {
    let folder = DataFolder::hold(&config.database.folder, env)?;
    let store = app::open_store(config, env).await?;
    Ok((Crm::new(store, env.clone()), folder))
}

fn log(log: &Log) {
    // The libraries talk about rooms, users and requests; only what went wrong is of interest,
    // unless somebody asks for more by name.
    let level = if log.level.contains(['=', ',']) {
        log.level.clone()
    } else {
        format!("{},{QUIET_LIBRARIES}", log.level)
    };
    let filter = EnvFilter::try_from_env("TIELINE_LOG")
        .or_else(|_| EnvFilter::try_new(level))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(std::io::IsTerminal::is_terminal(&std::io::stderr()))
        .with_writer(std::io::stderr);
    match log.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
}
