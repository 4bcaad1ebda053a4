//! The configuration: one TOML file, every key of which stands in `config.example.toml`.
//! A key that does not exist is an error that names it, its line, and the nearest one that does.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use crate::model::ModelConfig;

/// The configuration with every key, as shipped.
pub const EXAMPLE: &str = include_str!("../../config.example.toml");

/// The longest that a model may be waited for.
const TIMEOUT_SECONDS_MAX: u64 = 900;

/// The whole configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the HTTP side listens, and where people reach it.
    pub server: Server,
    /// Where everything is kept.
    pub database: Database,
    /// How chat is listened to.
    #[serde(default)]
    pub chat: Chat,
    /// What is taken for imports.
    #[serde(default)]
    pub import: Import,
    /// The language model that is asked about what is captured; none unless it stands here.
    #[serde(default)]
    pub model: Option<ModelConfig>,
    /// What is written to the log.
    #[serde(default)]
    pub log: Log,
    /// The accounts on networks, by a name of one's own choice.
    #[serde(default)]
    pub connections: BTreeMap<String, Connection>,
}

/// Where the HTTP side listens, and where people reach it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Server {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// The address that people use, for links and sign-in.
    pub public_url: Url,
}

/// Where everything is kept.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `sqlite:FILE` or `postgres://…`.
    pub url: SecretString,
    /// The folder for device keys and other state of connections.
    pub folder: PathBuf,
}

/// How chat is listened to.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chat {
    /// What commands begin with on networks without commands of their own.
    #[serde(default = "prefix")]
    pub prefix: String,
}

impl Default for Chat {
    fn default() -> Self {
        Self { prefix: prefix() }
    }
}

fn prefix() -> String {
    "!t".to_owned()
}

/// What is taken for imports.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The largest file, in MiB.
    #[serde(default = "file_mib_max")]
    pub file_mib_max: u32,
}

impl Default for Import {
    fn default() -> Self {
        Self { file_mib_max: file_mib_max() }
    }
}

impl Import {
    /// The largest file, in bytes.
    pub fn file_bytes_max(&self) -> u64 {
        u64::from(self.file_mib_max) * 1024 * 1024
    }
}

fn file_mib_max() -> u32 {
    512
}

/// What is written to the log.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Log {
    /// `error`, `warn`, `info`, `debug`, or a filter like `info,bot=debug`.
    #[serde(default = "level")]
    pub level: String,
    /// `text` for people, `json` for programs.
    #[serde(default)]
    pub format: LogFormat,
}

impl Default for Log {
    fn default() -> Self {
        Self { level: level(), format: LogFormat::default() }
    }
}

fn level() -> String {
    "info".to_owned()
}

/// How the log is written.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// One account on a network.
#[derive(Debug, Deserialize)]
#[serde(tag = "network", rename_all = "snake_case")]
pub enum Connection {
    /// A Discord bot.
    #[cfg(feature = "discord")]
    Discord(connectors::discord::DiscordConfig),
    /// A Matrix account.
    #[cfg(feature = "matrix")]
    Matrix(connectors::matrix::MatrixConfig),
}

/// Why a configuration cannot be used, as a sentence for whoever wrote it.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl Config {
    /// Reads a configuration file. `TIELINE_DATABASE_URL` takes the place of `database.url`.
    ///
    /// # Errors
    /// A sentence that names the file, the key, and the way out.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            ConfigError(format!(
                "The configuration {} cannot be read: {error}. Write one with `tieline config \
                 example > {}`.",
                path.display(),
                path.display()
            ))
        })?;
        let mut config = Self::parse(&text, &path.display().to_string())?;
        if let Ok(url) = std::env::var("TIELINE_DATABASE_URL") {
            config.database.url = url.into();
        }
        // What stands in a file is meant from that file on, wherever the program was started.
        if config.database.folder.is_relative()
            && let Some(parent) = path.parent()
        {
            config.database.folder = parent.join(&config.database.folder);
        }
        Ok(config)
    }

    /// Reads a configuration from text; `file` is its name, for errors.
    ///
    /// # Errors
    /// A sentence that names the file, the key, and the way out.
    pub fn parse(text: &str, file: &str) -> Result<Self, ConfigError> {
        let config: Self =
            toml::from_str(text).map_err(|error| ConfigError(told(&error, text, file)))?;
        if config.chat.prefix.trim().is_empty() || config.chat.prefix.contains(char::is_whitespace)
        {
            return Err(ConfigError(format!(
                "{file}: chat.prefix must be a short word without spaces, like \"!t\"."
            )));
        }
        if !matches!(config.server.public_url.scheme(), "http" | "https") {
            return Err(ConfigError(format!(
                "{file}: server.public_url must begin with https:// or http://."
            )));
        }
        if let Some(model) = &config.model {
            if !matches!(model.url.scheme(), "http" | "https") {
                return Err(ConfigError(format!(
                    "{file}: model.url must begin with https:// or http://."
                )));
            }
            if !(1..=TIMEOUT_SECONDS_MAX).contains(&model.timeout_seconds) {
                return Err(ConfigError(format!(
                    "{file}: model.timeout_seconds must be between 1 and {TIMEOUT_SECONDS_MAX}."
                )));
            }
        }
        for name in config.connections.keys() {
            if name == "console" {
                return Err(ConfigError(format!(
                    "{file}: connections.console is Tieline's own chat; give this connection \
                     another name."
                )));
            }
        }
        Ok(config)
    }
}

/// What is wrong, where, and what was probably meant.
fn told(error: &toml::de::Error, text: &str, file: &str) -> String {
    let line = error
        .span()
        .map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1)
        .map_or_else(String::new, |line| format!(", line {line}"));
    let message = error.message().trim();
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.starts_with("unknown field") || message.starts_with("unknown variant") {
        let given = quoted.next().unwrap_or_default();
        let known = quoted.collect::<Vec<_>>();
        let nearest = known
            .iter()
            .map(|name| (strsim::jaro_winkler(name, given), *name))
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(score, _)| *score > 0.7)
            .map(|(_, name)| format!(" Did you mean “{name}”?"))
            .unwrap_or_default();
        let what = if message.contains("variant") { "value" } else { "key" };
        return format!(
            "{file}{line}: there is no {what} “{given}” here.{nearest} Known here: {}.",
            crm::flows::listed(&known)
        );
    }
    if message.starts_with("missing field") {
        let missing = quoted.next().unwrap_or_default();
        return format!(
            "{file}{line}: the key “{missing}” is missing. `tieline config example` shows it."
        );
    }
    format!("{file}{line}: {message}.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;

    #[test]
    fn the_example_is_a_configuration() {
        let config = Config::parse(EXAMPLE, "config.example.toml").expect("it reads");
        assert_eq!(config.chat.prefix, "!t");
        assert_eq!(config.import.file_mib_max, Import::default().file_mib_max);
    }

    #[test]
    fn what_the_example_shows_of_a_connection_is_true() {
        for network in ["discord", "matrix"] {
            let head = format!("[connections.{network}]");
            let shown = EXAMPLE.split_once(&format!("# {head}\n")).expect("it shows one").1;
            let shown = shown.split("\n\n").next().expect("a section");
            let section = shown
                .lines()
                .filter_map(|line| line.trim_start_matches("# ").split_once(" = "))
                .map(|(key, value)| format!("{key} = {value}\n"))
                .collect::<String>();
            let text = format!(
                "{SERVER}[database]\nurl = \"sqlite:x\"\nfolder = \"d\"\n{head}\n{section}"
            );
            Config::parse(&text, "the example").expect("it reads");
        }
    }

    #[test]
    fn a_model_is_asked_only_when_it_is_named_and_as_it_is_named() {
        assert!(Config::parse(EXAMPLE, "the example").expect("it reads").model.is_none());
        let shown = EXAMPLE.split_once("# [model]").expect("it shows one").1;
        let shown = shown.split_once("\n\n").expect("an end").0;
        let section = shown.lines().filter_map(|line| line.strip_prefix("# "));
        let section = section.filter(|line| line.contains(" = ")).collect::<Vec<_>>().join("\n");
        let with = |section: &str| {
            format!("{SERVER}[database]\nurl = \"sqlite:x\"\nfolder = \"d\"\n[model]\n{section}\n")
        };
        let config = Config::parse(&with(&section), "the example").expect("it reads");
        let model = config.model.expect("a model");
        assert_eq!((model.kind, model.timeout_seconds), (Kind::Ollama, 60));
        let ftp = section.replace("http://", "ftp://");
        assert!(refused(&with(&ftp)).contains("model.url must begin"));
        let soon = section.replace("= 60", "= 0");
        assert!(refused(&with(&soon)).contains("between 1 and 900"));
        let other = section.replace("ollama", "olama");
        assert!(refused(&with(&other)).contains("Did you mean “ollama”?"));
    }

    fn refused(text: &str) -> String {
        Config::parse(text, "tieline.toml").expect_err("refused").to_string()
    }

    const SERVER: &str =
        "[server]\nlisten = \"127.0.0.1:1\"\npublic_url = \"http://localhost:1\"\n";

    #[test]
    fn an_unknown_key_is_named_with_its_line_its_file_and_the_nearest_one() {
        let text = format!(
            "{SERVER}[database]\nurl = \"sqlite:x\"\nfolder = \"d\"\n[chat]\nprefx = \"!\"\n"
        );
        assert_eq!(
            refused(&text),
            "tieline.toml, line 8: there is no key “prefx” here. Did you mean “prefix”? Known \
             here: prefix."
        );
    }

    #[test]
    fn a_missing_key_is_named_with_where_to_see_it() {
        let text = format!("{SERVER}[database]\nfolder = \"d\"\n");
        assert!(refused(&text).contains("the key “url” is missing"), "{}", refused(&text));
    }

    #[test]
    fn an_unknown_network_is_named_with_those_there_are() {
        let text = format!(
            "{SERVER}[database]\nurl = \"sqlite:x\"\nfolder = \"d\"\n[connections.team]\nnetwork = \"matrx\"\n"
        );
        assert!(refused(&text).contains("Did you mean “matrix”?"), "{}", refused(&text));
    }

    #[test]
    fn text_that_is_no_toml_is_told_with_its_line() {
        assert!(refused("[server\n").starts_with("tieline.toml, line 1:"));
    }
}
