//! Where the servers of a test keep their files.
//!
//! Two places: a cache that survives (the Python environment, a prepared
//! PostgreSQL cluster) and a folder per server that goes with it. Folders of a
//! test that was killed are swept by the next one. Nothing is written into the
//! repository.

use std::fs::{self, File};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// The user that this test runs as.
pub fn uid() -> Result<u32> {
    let own = fs::metadata("/proc/self").context("read /proc/self")?;
    Ok(own.uid())
}

/// This package's folder in the checkout that is being tested.
///
/// Asked at run time: checkouts that share a target folder may share the binary.
pub fn package() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR");
    package.unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into()).into()
}

/// The folder that outlives the tests: `$XDG_CACHE_HOME/tieline`, else `~/.cache/tieline`.
pub fn cache() -> Result<PathBuf> {
    let base = match std::env::var_os("XDG_CACHE_HOME") {
        Some(dir) if !dir.is_empty() => PathBuf::from(dir),
        _ => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    let dir = base.join("tieline");
    fs::create_dir_all(&dir).with_context(|| format!("create {}", dir.display()))?;
    Ok(dir)
}

/// The folder that holds every running server's folder.
///
/// Root's is always under /tmp, because PostgreSQL then runs as another user,
/// who must be able to reach it.
pub fn shelf() -> Result<PathBuf> {
    let uid = uid()?;
    let base = if uid == 0 { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    let shelf = base.join(format!("tieline-tests-{uid}"));
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o755)
        .create(&shelf)
        .with_context(|| format!("create {}", shelf.display()))?;
    let owner = fs::metadata(&shelf)?.uid();
    ensure!(owner == uid, "{} belongs to user {owner}, not to {uid}", shelf.display());
    Ok(shelf)
}

/// A folder for one server, deleted when dropped.
#[derive(Debug)]
pub struct Folder {
    dir: TempDir,
    // Locked for as long as the folder is in use, so that nobody sweeps it.
    _lock: File,
    lock_path: PathBuf,
}

impl Folder {
    /// Makes an empty folder, readable by other users, named after what it is for.
    pub fn new(purpose: &str) -> Result<Self> {
        let shelf = shelf()?;
        let gate = File::create(shelf.join("gate.lock"))?;
        gate.lock()?;
        sweep(&shelf)?;
        let dir = tempfile::Builder::new()
            .prefix(&format!("{purpose}-"))
            .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
            .tempdir_in(&shelf)?;
        let lock_path = dir.path().with_extension("lock");
        let lock = File::create(&lock_path)?;
        lock.lock()?;
        Ok(Self { dir, _lock: lock, lock_path })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A leftover is swept by the next test.
        let _ = fs::remove_file(&self.lock_path);
    }
}

/// Deletes the folders whose owner is gone.
fn sweep(shelf: &Path) -> Result<()> {
    for entry in fs::read_dir(shelf)? {
        let path = entry?.path();
        if !path.is_dir() || path.ends_with("ports") {
            continue;
        }
        let lock_path = path.with_extension("lock");
        let abandoned = match File::open(&lock_path) {
            Ok(lock) => lock.try_lock().is_ok(),
            // Its owner is deleting it, or died doing so.
            Err(_) => true,
        };
        if abandoned {
            let _ = fs::remove_dir_all(&path);
            let _ = fs::remove_file(&lock_path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_goes_with_its_value_and_an_abandoned_one_is_swept() -> Result<()> {
        let kept = Folder::new("folder-test")?;
        let gone = Folder::new("folder-test")?.path().to_owned();
        let abandoned = shelf()?.join(format!("abandoned-{}", std::process::id()));
        fs::create_dir(&abandoned)?;
        let _another = Folder::new("folder-test")?;
        assert!(kept.path().exists());
        assert!(!gone.exists());
        assert!(!abandoned.exists());
        Ok(())
    }
}
