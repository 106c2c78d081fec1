//! A connection that can be cut from outside: the SSH library runs it on a task of its own, which ends when its socket does.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

/// A stream that ends when its token is cancelled.
pub(super) struct Cut<I> {
    io: I,
    read: Pin<Box<WaitForCancellationFutureOwned>>,
    write: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl<I> Cut<I> {
    pub(super) fn new(io: I, token: &CancellationToken) -> Cut<I> {
        let waiting = || Box::pin(token.clone().cancelled_owned());
        Cut { io, read: waiting(), write: waiting() }
    }
}

fn closed() -> io::Error {
    io::Error::new(io::ErrorKind::ConnectionAborted, "the connection was closed")
}

impl<I: AsyncRead + Unpin> AsyncRead for Cut<I> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(closed()));
        }
        Pin::new(&mut self.io).poll_read(context, into)
    }
}

impl<I: AsyncWrite + Unpin> AsyncWrite for Cut<I> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        text: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.write.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(closed()));
        }
        Pin::new(&mut self.io).poll_write(context, text)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.write.as_mut().poll(context).is_ready() {
            return Poll::Ready(Err(closed()));
        }
        Pin::new(&mut self.io).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_cut_stream_ends_for_reader_and_writer() {
        let (near, mut far) = tokio::io::duplex(4);
        let token = CancellationToken::new();
        let mut cut = Cut::new(near, &token);
        cut.write_all(b"ab").await.unwrap();
        let mut two = [0; 2];
        far.read_exact(&mut two).await.unwrap();
        assert_eq!(&two, b"ab");
        let (mut reader, mut writer) = tokio::io::split(cut);
        let cancel = async {
            tokio::task::yield_now().await;
            token.cancel();
        };
        let mut into = [0];
        let (read, written, ()) =
            tokio::join!(reader.read(&mut into), writer.write_all(b"longer than the pipe"), cancel);
        assert!(read.is_err() && written.is_err());
    }
}
