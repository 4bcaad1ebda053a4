//! Connections that can be cut at any moment, as a crash or a bad network does: the client sees the
//! connection end, and no answer. Left out: packets that are lost and come back.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

/// One connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Line(Arc<State>);

#[derive(Debug, Default)]
struct State {
    is_cut: AtomicBool,
    reader: Mutex<Option<Waker>>,
}

impl Line {
    /// Cuts it. Nothing that was not sent before will be.
    pub(super) fn cut(&self) {
        self.0.is_cut.store(true, Ordering::SeqCst);
        let reader = self.0.reader.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(reader) = reader {
            reader.wake();
        }
    }

    fn check(&self) -> io::Result<()> {
        if self.0.is_cut.load(Ordering::SeqCst) {
            Err(io::Error::new(io::ErrorKind::ConnectionAborted, "the line was cut"))
        } else {
            Ok(())
        }
    }
}

/// The listener, and every connection that it accepted.
#[derive(Debug, Clone, Default)]
pub(super) struct Lines(Arc<Mutex<Vec<Weak<State>>>>);

impl Lines {
    fn all(&self) -> MutexGuard<'_, Vec<Weak<State>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Cuts all of them.
    pub(super) fn cut(&self) {
        for line in self.all().drain(..).filter_map(|line| line.upgrade()) {
            Line(line).cut();
        }
    }

    /// Accepts connections that can be cut.
    pub(super) fn on(&self, tcp: TcpListener) -> LineListener {
        LineListener { tcp, lines: self.clone() }
    }
}

/// Accepts connections that can be cut.
pub(super) struct LineListener {
    tcp: TcpListener,
    lines: Lines,
}

impl Listener for LineListener {
    type Io = LineStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (LineStream, SocketAddr) {
        let (tcp, from) = Listener::accept(&mut self.tcp).await;
        // Small answers at once; without it, the two ends wait for each other.
        let _ = tcp.set_nodelay(true);
        let line = Line::default();
        let mut all = self.lines.all();
        all.retain(|line| line.strong_count() > 0);
        all.push(Arc::downgrade(&line.0));
        (LineStream { tcp, line }, from)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.tcp.local_addr()
    }
}

impl Connected<IncomingStream<'_, LineListener>> for Line {
    fn connect_info(stream: IncomingStream<'_, LineListener>) -> Self {
        stream.io().line.clone()
    }
}

/// What goes over a connection.
pub(super) struct LineStream {
    tcp: TcpStream,
    line: Line,
}

impl AsyncRead for LineStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut reader = self.line.0.reader.lock().unwrap_or_else(PoisonError::into_inner);
        *reader = Some(context.waker().clone());
        drop(reader);
        if let Err(cut) = self.line.check() {
            return Poll::Ready(Err(cut));
        }
        Pin::new(&mut self.tcp).poll_read(context, buffer)
    }
}

impl AsyncWrite for LineStream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if let Err(cut) = self.line.check() {
            return Poll::Ready(Err(cut));
        }
        Pin::new(&mut self.tcp).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if let Err(cut) = self.line.check() {
            return Poll::Ready(Err(cut));
        }
        Pin::new(&mut self.tcp).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(context)
    }
}
