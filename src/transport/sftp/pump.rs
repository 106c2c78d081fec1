//! Requests on their way from the SSH channel to the SFTP loop.
//!
//! The SSH session stops reading when the queue of a channel is full, and then never sees that the client has made room for
//! replies, while the SFTP loop waits for that room: both would wait for ever. So requests are taken off the channel at once
//! and wait here, and their number is bounded in bytes.

use tokio::io::{self, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Bytes of requests that may wait. A client that asks for a whole file at once sends about 30 bytes for each 32 KiB.
pub(super) const WAITING_BYTES_MAX: usize = 8 << 20;

/// The longest request, in bytes: what OpenSSH takes as the limit too.
pub(super) const REQUEST_BYTES_MAX: u32 = 256 << 10;

/// Passes requests on until the channel ends or one is too long, after which nothing that follows could be read.
pub(super) async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
) -> io::Result<()> {
    loop {
        let length = match from.read_u32().await {
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        };
        if !(1..=REQUEST_BYTES_MAX).contains(&length) {
            let why = format!("a request of {length} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        to.write_u32(length).await?;
        let mut request = (&mut from).take(u64::from(length));
        if io::copy(&mut request, &mut to).await? < u64::from(length) {
            break;
        }
    }
    to.shutdown().await
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pumped(text: &[u8]) -> (io::Result<()>, Vec<u8>) {
        let mut to = Vec::new();
        let outcome = pump(text, &mut to).await;
        (outcome, to)
    }

    #[tokio::test]
    async fn requests_pass_as_they_are() {
        let text = b"\0\0\0\x03abc\0\0\0\x01d";
        let (outcome, passed) = pumped(text).await;
        outcome.unwrap();
        assert_eq!(passed, text);
    }

    #[tokio::test]
    async fn a_request_that_is_too_long_ends_everything() {
        for length in [0_u32, REQUEST_BYTES_MAX + 1, u32::MAX] {
            let (outcome, passed) = pumped(&length.to_be_bytes()).await;
            assert_eq!(outcome.unwrap_err().kind(), io::ErrorKind::InvalidData);
            assert!(passed.is_empty());
        }
    }

    #[tokio::test]
    async fn a_channel_may_end_in_the_middle() {
        for text in [&b"\0\0"[..], b"\0\0\0\x05ab"] {
            pumped(text).await.0.unwrap();
        }
    }
}
