//! What the build and the tests need on the machine.
//!
//! Root gets it installed from Debian; anyone else gets the exact command.
//! Synapse, matrix-nio and simcord go into a Python environment in the cache, shared by
//! every checkout, and a small language model into another one that only proofs
//! need. Left out: Rust itself, and machines that are not Debian
//! beyond saying what is missing.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::program::{root, run};

/// Something that must work, and the Debian package that makes it work.
struct Need {
    package: &'static str,
    works: fn() -> bool,
}

const FOR_BUILDING: &[Need] = &[
    Need { package: "make", works: || succeeds("make", &["--version"]) },
    Need { package: "pkg-config", works: || succeeds("pkg-config", &["--version"]) },
    Need { package: "libssl-dev", works: || succeeds("pkg-config", &["--exists", "openssl"]) },
];

const FOR_TESTING: &[Need] = &[
    Need { package: "postgresql", works: has_postgres },
    Need { package: "python3-venv", works: || succeeds("python3", &["-c", "import ensurepip"]) },
];

/// What compiling needs.
pub fn ensure_build_tools() -> Result<()> {
    ensure(FOR_BUILDING.iter())
}

/// What compiling and the tests need, the Python environment included.
pub fn ensure_test_tools() -> Result<()> {
    ensure(FOR_BUILDING.iter().chain(FOR_TESTING))?;
    ensure_python("py", "requirements.txt", "Synapse, matrix-nio and simcord")
}

/// A real language model, for the proof that asks one.
pub fn ensure_small_model() -> Result<()> {
    ensure_python("model", "model-requirements.txt", "a small language model, 370 MB,")
}

/// What fuzzing needs: a nightly compiler, and cargo-fuzz.
pub fn ensure_fuzzer() -> Result<()> {
    ensure_build_tools()?;
    if !succeeds("rustup", &["run", "nightly", "cargo", "--version"]) {
        bail!("fuzzing needs a nightly compiler; run `rustup toolchain install nightly`");
    }
    if !succeeds("cargo", &["fuzz", "--version"]) {
        run(Command::new("cargo").args(["install", "cargo-fuzz", "--locked"]))?;
    }
    Ok(())
}

fn ensure<'a>(needs: impl Iterator<Item = &'a Need> + Clone) -> Result<()> {
    let missing = |needs: &mut dyn Iterator<Item = &'a Need>| -> Vec<&'static str> {
        needs.filter(|need| !(need.works)()).map(|need| need.package).collect()
    };
    let packages = missing(&mut needs.clone());
    if packages.is_empty() {
        return Ok(());
    }
    let list = packages.join(" ");
    if !succeeds("apt-get", &["--version"]) {
        bail!("this machine lacks what Debian calls: {list}");
    }
    if !is_root() {
        bail!(
            "some packages are missing; run\n\n    \
             sudo apt-get update && sudo apt-get install -y {list}\n\nand try again"
        );
    }
    run(Command::new("apt-get").args(["update", "-q"]))?;
    run(Command::new("apt-get")
        .args(["install", "-y", "-q", "--no-install-recommends"])
        .args(&packages)
        .env("DEBIAN_FRONTEND", "noninteractive"))?;
    let still = missing(&mut needs.clone());
    if !still.is_empty() {
        bail!("installed, but still not working: {}", still.join(" "));
    }
    Ok(())
}

/// A Python environment in the cache; made once, and again when what it should
/// hold has changed.
fn ensure_python(name: &str, requirements: &str, what: &str) -> Result<()> {
    let requirements = root().join("tests/python").join(requirements);
    let wanted = fs::read_to_string(&requirements)
        .with_context(|| format!("read {}", requirements.display()))?;
    let cache = cache()?;
    let dir = cache.join(name);
    let marker = dir.join("installed-requirements.txt");

    // Two checkouts may come at once.
    let lock = File::create(cache.join(format!("{name}.lock")))?;
    lock.lock()?;
    if fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    eprintln!("installing {what} into {} (a minute, once)", dir.display());
    let python = dir.join("bin/python");
    if !succeeds(&python.to_string_lossy(), &["-m", "pip", "--version"]) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&dir))?;
    }
    run(Command::new(&python)
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"])
        .arg(&requirements))?;
    fs::write(&marker, wanted)?;
    Ok(())
}

/// The cache that the tests' harness uses as well.
pub fn cache() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME") {
        Some(dir) if !dir.is_empty() => PathBuf::from(dir),
        _ => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    let cache = base.join("tieline");
    fs::create_dir_all(&cache).with_context(|| format!("create {}", cache.display()))?;
    Ok(cache)
}

fn has_postgres() -> bool {
    let debian = fs::read_dir("/usr/lib/postgresql").is_ok_and(|versions| {
        versions.flatten().any(|version| version.path().join("bin/initdb").exists())
    });
    debian || bindir().is_some_and(|bin| Path::new(bin.trim()).join("initdb").exists())
}

fn bindir() -> Option<String> {
    let output = Command::new("pg_config").arg("--bindir").output().ok()?;
    String::from_utf8(output.stdout).ok()
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn succeeds(program: &str, args: &[&str]) -> bool {
    let status = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    status.is_ok_and(|status| status.success())
}
