//! Ports for the servers of a test.
//!
//! A port is chosen below the range that the kernel hands out to outgoing
//! connections and stays reserved for this test process, also while its server
//! is stopped, so that a server comes back where it was.

use std::fs::{self, File};
use std::net::TcpListener;
use std::sync::Mutex;

use anyhow::{Result, bail};

use super::folder;

const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// The locks on this process's ports; the kernel frees them when it ends.
static RESERVED: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A port on 127.0.0.1 that nobody listens on and no other test process will take.
pub fn free_port() -> Result<u16> {
    let dir = folder::shelf()?.join("ports");
    fs::create_dir_all(&dir)?;
    let mut reserved = RESERVED.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    // Neighbouring processes begin far apart.
    let start = std::process::id().wrapping_mul(7_919);
    for step in 0..u32::from(COUNT) {
        let offset = start.wrapping_add(step) % u32::from(COUNT);
        let port = FIRST + u16::try_from(offset)?;
        let lock = File::create(dir.join(port.to_string()))?;
        if lock.try_lock().is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            reserved.push(lock);
            return Ok(port);
        }
    }
    bail!("every port from {FIRST} on is taken")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_is_never_given_twice() -> Result<()> {
        let first = free_port()?;
        assert_ne!(first, free_port()?);
        Ok(())
    }
}
