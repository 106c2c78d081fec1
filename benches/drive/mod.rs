//! A client for benches: many connections over raw TCP on loopback, in a thread of its own on the same cores.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;
use x12gate::gateway::Gateway;
use x12gate::transport::{self, Listener};

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Connections at once.
pub(crate) const CONNECTIONS: u32 = 64;
/// How long each measurement takes.
const TIME: Duration = Duration::from_secs(5);

/// What is asked, and what an answer must contain.
#[derive(Clone)]
pub(crate) struct Questions {
    /// The question of this connection with this control number, as an interchange.
    pub(crate) ask: Arc<dyn Fn(u32, u32) -> String + Send + Sync>,
    /// What every answer contains.
    pub(crate) expected: &'static [u8],
}

/// Sends questions for some time, at a rate or as much as goes, and prints how many were answered and how fast. `pipelined`
/// questions of a connection are under way at once.
pub(crate) async fn measure(
    gateway: &Arc<Gateway>,
    name: &str,
    rate: Option<u32>,
    pipelined: u32,
    questions: Questions,
) -> Result<(), Failure> {
    let mut settings = x12gate::config::Listener::default();
    settings.address.set_port(0);
    let listener = Listener::bind(&settings)?;
    let address = listener.address();
    let stop = CancellationToken::new();
    let server = {
        let (gateway, stop) = (gateway.clone(), stop.clone());
        tokio::spawn(async move {
            let limits = &gateway.config().limits;
            transport::serve(vec![listener], gateway.clone(), limits, stop).await;
        })
    };
    let client = std::thread::spawn(move || drive(address, rate, pipelined, &questions));
    let mut micros = tokio::task::spawn_blocking(move || client.join())
        .await?
        .map_err(|_| "the client panicked")??;
    stop.cancel();
    server.await?;
    micros.sort_unstable();
    let at = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize] as f64 / 1000.0;
    println!(
        "  {name:8} {:>9.0} answers/s, {CONNECTIONS} connections, p50 {:.2} ms, p99 {:.2} ms, p99.9 {:.2} ms",
        micros.len() as f64 / TIME.as_secs_f64(),
        at(0.5),
        at(0.99),
        at(0.999),
    );
    Ok(())
}

/// Highest resident memory of this process so far.
pub(crate) fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Sends questions over all connections; gives how long each took, in microseconds.
fn drive(
    address: SocketAddr,
    rate: Option<u32>,
    pipelined: u32,
    questions: &Questions,
) -> Result<Vec<u32>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let end = Instant::now() + TIME;
        let pause = rate.map(|rate| Duration::from_secs(1) * CONNECTIONS / rate);
        let tasks: Vec<_> = (0..CONNECTIONS)
            .map(|connection| {
                let questions = questions.clone();
                tokio::spawn(talk(address, connection, pause, pipelined, end, questions))
            })
            .collect();
        let mut all = Vec::new();
        for task in tasks {
            all.extend(task.await??);
        }
        Ok(all)
    })
}

/// One connection: `pipelined` questions, then their answers, and again.
async fn talk(
    address: SocketAddr,
    connection: u32,
    pause: Option<Duration>,
    pipelined: u32,
    end: Instant,
    questions: Questions,
) -> Result<Vec<u32>, Failure> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (mut micros, mut control) = (Vec::new(), 0);
    let (mut text, mut buffer) = (String::new(), Vec::new());
    // Connections take turns, so that questions come evenly.
    let mut due = Instant::now() + pause.unwrap_or_default() * connection / CONNECTIONS;
    while Instant::now() < end {
        // Each at its own time, however long the one before took; else they would fall into step and come in bursts.
        if let Some(pause) = pause {
            tokio::time::sleep_until(due.into()).await;
            due += pause;
        }
        text.clear();
        for _ in 0..pipelined {
            control += 1;
            text.push_str(&(questions.ask)(connection, control));
        }
        let asked = Instant::now();
        stream.write_all(text.as_bytes()).await?;
        for _ in 0..pipelined {
            answer(&mut stream, &mut buffer, questions.expected).await?;
            micros.push(asked.elapsed().as_micros() as u32);
        }
    }
    Ok(micros)
}

/// Reads one reply, which must contain what is expected.
async fn answer(
    stream: &mut TcpStream,
    buffer: &mut Vec<u8>,
    expected: &[u8],
) -> Result<(), Failure> {
    loop {
        if let Some(at) = memchr::memmem::find(buffer, b"~IEA*1*") {
            let end = at + "~IEA*1*000000001~".len();
            if buffer.len() >= end {
                let is_answer = memchr::memmem::find(&buffer[..end], expected).is_some();
                let text = String::from_utf8_lossy(&buffer[..end]).into_owned();
                buffer.drain(..end);
                return if is_answer { Ok(()) } else { Err(text.into()) };
            }
        }
        if stream.read_buf(buffer).await? == 0 {
            return Err("closed".into());
        }
    }
}
