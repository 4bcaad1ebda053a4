//! Waiting for something that does not work right now, without hammering on it.

use std::time::Duration;

use crm::Env;
use tokio::sync::watch;

/// Waits that get longer, from one second to a minute, never two of them at the same moment.
pub(crate) struct Patience {
    env: Env,
    tries: u32,
}

impl Patience {
    pub(crate) fn new(env: &Env) -> Self {
        Self { env: env.clone(), tries: 0 }
    }

    pub(crate) fn reset(&mut self) {
        self.tries = 0;
    }

    /// Waits; false when we were told to stop instead.
    pub(crate) async fn wait(&mut self, stop: &mut watch::Receiver<bool>) -> bool {
        self.wait_at_least(Duration::ZERO, stop).await
    }

    pub(crate) async fn wait_at_least(
        &mut self,
        at_least: Duration,
        stop: &mut watch::Receiver<bool>,
    ) -> bool {
        let mut byte = [0u8; 1];
        self.env.random.fill(&mut byte);
        let full = Duration::from_secs(1 << self.tries.min(6)).min(Duration::from_secs(60));
        self.tries += 1;
        let wait = full.mul_f64(0.5 + f64::from(byte[0]) / 512.0).max(at_least);
        tokio::select! {
            () = tokio::time::sleep(wait) => true,
            () = stopped(stop) => false,
        }
    }
}

/// Returns when we were told to stop.
pub(crate) async fn stopped(stop: &mut watch::Receiver<bool>) {
    // Nobody is left to say so when the sender is gone; that is a stop, too.
    let _ = stop.wait_for(|stop| *stop).await;
}
