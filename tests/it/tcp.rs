//! Listeners over real sockets, with a stand-in for the service: what a transport promises whatever is answered.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::Bytes;
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use x12gate::config::{self, Config};
use x12gate::gateway::{
    Answered, Caller, Credential, Delivery, Replies, Reply, ReplyKind, Service,
};
use x12gate::transport::{self, Acceptor, Listener, Tcp};

/// The control number of an interchange that cannot be answered.
const UNAVAILABLE: u32 = 503;

/// Answers an interchange with `<ISA13,length>`; holds each answer back until the gate is open.
struct Echo {
    gate: Semaphore,
    under_way: AtomicUsize,
    most_under_way: AtomicUsize,
    /// By which way each delivery came and who sent it, in the order of the deliveries.
    origins: Mutex<Vec<String>>,
}

impl Echo {
    fn open() -> Arc<Echo> {
        Echo::with(Semaphore::MAX_PERMITS)
    }

    fn with(permits: usize) -> Arc<Echo> {
        let gate = Semaphore::new(permits);
        Arc::new(Echo {
            gate,
            under_way: 0.into(),
            most_under_way: 0.into(),
            origins: Mutex::default(),
        })
    }
}

impl Service for Echo {
    async fn answer(&self, delivery: Delivery) -> Answered {
        let now = self.under_way.fetch_add(1, Ordering::SeqCst) + 1;
        self.most_under_way.fetch_max(now, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        self.under_way.fetch_sub(1, Ordering::SeqCst);
        let origin = format!("{} {}", delivery.origin.transport, delivery.origin.caller);
        self.origins.lock().unwrap().push(origin);
        let length = delivery.body.len();
        let control =
            delivery.body.get(90..99).and_then(|c| std::str::from_utf8(c).ok()?.parse().ok());
        let Some(control) = control else { return Answered::NotX12 };
        if control == UNAVAILABLE {
            return Answered::Unavailable { retry_after: Duration::from_secs(1) };
        }
        let body = Bytes::from(format!("<{control},{length}>"));
        let replies = vec![Reply { kind: ReplyKind::TA1, control, body }];
        Answered::Replies(Replies { replies, replayed: false })
    }

    fn now(&self) -> OffsetDateTime {
        OffsetDateTime::UNIX_EPOCH
    }
}

struct Server {
    address: SocketAddr,
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Server {
    /// Runs a listener with the settings changed by `change`.
    fn start(service: Arc<Echo>, change: impl FnOnce(&mut Config)) -> Server {
        let mut config = Config::default();
        change(&mut config);
        config.listeners[0].address.set_port(0);
        let listener = Listener::bind(&config.listeners[0]).unwrap();
        let address = listener.address();
        let stop = CancellationToken::new();
        let task = {
            let stop = stop.clone();
            tokio::spawn(async move {
                transport::serve(vec![listener], service, &config.limits, stop).await;
            })
        };
        Server { address, stop, task }
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

fn interchange(control: u32) -> String {
    format!(
        "ISA*00*          *00*          *ZZ*SUBMITTER1     *ZZ*PAYERGW        *260105*0930*^*00501*\
         {control:09}*0*T*:~GS*HS*A*B~ST*270*1~SE*2*1~GE*1*1~IEA*1*{control:09}~"
    )
}

async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    tokio::time::timeout(Duration::from_secs(10), stream.read_to_string(&mut text))
        .await
        .expect("the connection was not closed")
        .unwrap();
    text
}

async fn read_until(stream: &mut TcpStream, end: &str) -> String {
    let mut text = String::new();
    let mut chunk = [0; 256];
    while !text.ends_with(end) {
        let count = tokio::time::timeout(Duration::from_secs(10), stream.read(&mut chunk))
            .await
            .expect("no reply")
            .unwrap();
        assert_ne!(count, 0, "closed after {text}");
        text.push_str(std::str::from_utf8(&chunk[..count]).unwrap());
    }
    text
}

#[tokio::test]
async fn many_questions_on_one_connection_are_answered_in_order() {
    let server = Server::start(Echo::open(), |_| {});
    let mut stream = server.connect().await;
    let length = interchange(1).len();
    let text: String = (1..=100).map(|n| interchange(n) + "\r\n").collect();
    stream.write_all(text.as_bytes()).await.unwrap();
    let expected: String = (1..=100).map(|n| format!("<{n},{length}>")).collect();
    assert_eq!(read_until(&mut stream, &format!("<100,{length}>")).await, expected);
    // The connection stays open, and a question may come in small pieces.
    for piece in interchange(7).as_bytes().chunks(40) {
        stream.write_all(piece).await.unwrap();
        tokio::task::yield_now().await;
    }
    assert_eq!(read_until(&mut stream, ">").await, format!("<7,{length}>"));
}

#[tokio::test]
async fn separators_may_change_between_interchanges() {
    let server = Server::start(Echo::open(), |_| {});
    let mut stream = server.connect().await;
    let text = interchange(1) + &interchange(2).replace('*', "|").replace('~', "\n");
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let length = interchange(1).len();
    assert_eq!(read_to_end(&mut stream).await, format!("<1,{length}><2,{length}>"));
}

#[tokio::test]
async fn reading_pauses_when_enough_is_being_answered() {
    let service = Echo::with(0);
    let server =
        Server::start(service.clone(), |config| config.listeners[0].frames_in_flight_max = 3);
    let mut stream = server.connect().await;
    let text: String = (1..=20).map(interchange).collect();
    stream.write_all(text.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    while service.under_way.load(Ordering::SeqCst) < 3 {
        tokio::task::yield_now().await;
    }
    service.gate.add_permits(20);
    let replies = read_to_end(&mut stream).await;
    assert_eq!(replies.matches('<').count(), 20);
    assert_eq!(service.most_under_way.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn an_interchange_over_the_limit_is_answered_and_the_connection_closed() {
    let server = Server::start(Echo::open(), |config| config.limits.real_time_bytes_max = 300);
    let mut stream = server.connect().await;
    let text = interchange(5).replace("SE*2*1~", &("REF*X*Y~".repeat(60) + "SE*62*1~"));
    stream.write_all(text.as_bytes()).await.unwrap();
    let reply = read_to_end(&mut stream).await;
    assert!(reply.starts_with("<5,"), "{reply}");
}

#[tokio::test]
async fn what_is_no_interchange_closes_the_connection() {
    let server = Server::start(Echo::open(), |_| {});
    let mut stream = server.connect().await;
    stream.write_all(interchange(1).as_bytes()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
    let reply = read_to_end(&mut stream).await;
    assert_eq!(reply, format!("<1,{}>", interchange(1).len()));
}

#[tokio::test]
async fn an_idle_connection_is_closed() {
    let server = Server::start(Echo::open(), |config| config.listeners[0].idle_timeout_ms = 60);
    let begun = Instant::now();
    assert_eq!(read_to_end(&mut server.connect().await).await, "");
    assert!(begun.elapsed() >= Duration::from_millis(55));
}

#[tokio::test]
async fn a_dripping_interchange_does_not_hold_its_place() {
    let server = Server::start(Echo::open(), |config| config.listeners[0].frame_timeout_ms = 150);
    let mut stream = server.connect().await;
    let (mut reader, mut writer) = stream.split();
    let text = interchange(9);
    let begun = Instant::now();
    let mut reply = String::new();
    let drip = async {
        for byte in text.as_bytes().chunks(1) {
            if writer.write_all(byte).await.is_err() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        () = drip => {}
        read = reader.read_to_string(&mut reply) => drop(read),
    }
    // What had come by then was answered, so that the peer knows.
    assert!(begun.elapsed() < Duration::from_secs(5));
    assert!(reply.is_empty() || reply.starts_with("<9,"), "{reply}");
}

#[tokio::test]
async fn a_cut_off_interchange_is_answered() {
    let server = Server::start(Echo::open(), |_| {});
    let mut stream = server.connect().await;
    stream.write_all(&interchange(3).as_bytes()[..150]).await.unwrap();
    stream.shutdown().await.unwrap();
    assert_eq!(read_to_end(&mut stream).await, "<3,150>");
}

#[tokio::test]
async fn too_many_connections_from_one_address_are_closed() {
    let server =
        Server::start(Echo::open(), |config| config.listeners[0].connections_per_address_max = 2);
    let mut first = server.connect().await;
    let mut second = server.connect().await;
    for stream in [&mut first, &mut second] {
        stream.write_all(interchange(1).as_bytes()).await.unwrap();
        read_until(stream, ">").await;
    }
    let mut third = server.connect().await;
    assert!(matches!(third.read(&mut [0; 1]).await, Ok(0) | Err(_)));
    drop(first);
    // The place comes free once the server has seen the first one go.
    for _ in 0..200 {
        let mut again = server.connect().await;
        again.write_all(interchange(1).as_bytes()).await.unwrap();
        if again.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the place did not come free");
}

#[tokio::test]
async fn connections_over_the_maximum_wait_for_a_place() {
    let server = Server::start(Echo::open(), |config| config.listeners[0].connections_max = 1);
    let mut first = server.connect().await;
    first.write_all(interchange(1).as_bytes()).await.unwrap();
    read_until(&mut first, ">").await;
    let mut second = server.connect().await;
    second.write_all(interchange(2).as_bytes()).await.unwrap();
    let early = tokio::time::timeout(Duration::from_millis(50), second.read(&mut [0; 64])).await;
    assert!(early.is_err(), "answered without a place");
    drop(first);
    read_until(&mut second, ">").await;
}

#[tokio::test]
async fn shutdown_finishes_what_was_accepted() {
    let service = Echo::with(0);
    let server = Server::start(service.clone(), |_| {});
    let mut busy = server.connect().await;
    let mut idle = server.connect().await;
    busy.write_all((interchange(1) + &interchange(2)).as_bytes()).await.unwrap();
    while service.under_way.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    server.stop.cancel();
    assert_eq!(read_to_end(&mut idle).await, "");
    service.gate.add_permits(2);
    let length = interchange(1).len();
    assert_eq!(read_to_end(&mut busy).await, format!("<1,{length}><2,{length}>"));
    server.task.await.unwrap();
    assert!(TcpStream::connect(server.address).await.is_err());
}

#[tokio::test]
async fn shutdown_does_not_wait_longer_than_the_grace() {
    let service = Echo::with(0);
    let server =
        Server::start(service.clone(), |config| config.listeners[0].shutdown_grace_ms = 50);
    let mut stuck = server.connect().await;
    stuck.write_all(interchange(1).as_bytes()).await.unwrap();
    while service.under_way.load(Ordering::SeqCst) < 1 {
        tokio::task::yield_now().await;
    }
    server.stop.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(10), server.task).await;
    ended.expect("did not end").unwrap();
}

#[tokio::test]
async fn what_we_cannot_answer_closes_the_connection_after_the_replies_before_it() {
    let server = Server::start(Echo::open(), |_| {});
    let mut stream = server.connect().await;
    let text = interchange(1) + &interchange(UNAVAILABLE) + &interchange(2);
    stream.write_all(text.as_bytes()).await.unwrap();
    let length = interchange(1).len();
    let replies = read_to_end(&mut stream).await;
    assert!(replies.starts_with(&format!("<1,{length}>")), "{replies}");
    assert!(!replies.contains(&format!("<{UNAVAILABLE},")), "{replies}");
}

/// Two listeners with names of their own and this much grace.
fn two_listeners(grace_ms: [u64; 2]) -> Vec<Listener> {
    let listener = |name: &str, shutdown_grace_ms| {
        let mut settings = config::Listener { name: name.to_owned(), ..Default::default() };
        settings.address.set_port(0);
        settings.shutdown_grace_ms = shutdown_grace_ms;
        Listener::bind(&settings).unwrap()
    };
    vec![listener("private", grace_ms[0]), listener("clinic", grace_ms[1])]
}

#[tokio::test]
async fn two_listeners_are_served_at_once() {
    let service = Echo::open();
    let listeners = two_listeners([10_000; 2]);
    let addresses: Vec<_> = listeners.iter().map(Listener::address).collect();
    let stop = CancellationToken::new();
    let (echo, stopped, limits) = (service.clone(), stop.clone(), config::Limits::default());
    let task =
        tokio::spawn(async move { transport::serve(listeners, echo, &limits, stopped).await });
    let mut streams = Vec::new();
    for address in &addresses {
        streams.push(TcpStream::connect(address).await.unwrap());
    }
    let mut expected = Vec::new();
    for (stream, name) in streams.iter_mut().zip(["private", "clinic"]) {
        stream.write_all(interchange(1).as_bytes()).await.unwrap();
        read_until(stream, ">").await;
        expected.push(format!("{name} {}", stream.local_addr().unwrap()));
    }
    assert_eq!(*service.origins.lock().unwrap(), expected);
    stop.cancel();
    task.await.unwrap();
    for (mut stream, address) in streams.into_iter().zip(addresses) {
        assert_eq!(read_to_end(&mut stream).await, "");
        assert!(TcpStream::connect(address).await.is_err());
    }
}

#[tokio::test]
async fn each_listener_has_its_own_grace_and_the_server_waits_for_both() {
    let service = Echo::with(0);
    let listeners = two_listeners([0, 600_000]);
    let addresses: Vec<_> = listeners.iter().map(Listener::address).collect();
    let stop = CancellationToken::new();
    let (echo, stopped, limits) = (service.clone(), stop.clone(), config::Limits::default());
    let task =
        tokio::spawn(async move { transport::serve(listeners, echo, &limits, stopped).await });
    let mut hasty = TcpStream::connect(addresses[0]).await.unwrap();
    let mut patient = TcpStream::connect(addresses[1]).await.unwrap();
    for stream in [&mut hasty, &mut patient] {
        stream.write_all(interchange(1).as_bytes()).await.unwrap();
    }
    while service.under_way.load(Ordering::SeqCst) < 2 {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    // Dropped without its answer, while the other listener still waits for its own.
    assert!(matches!(hasty.read(&mut [0; 64]).await, Ok(0) | Err(_)));
    assert!(!task.is_finished());
    service.gate.add_permits(1);
    assert_eq!(read_to_end(&mut patient).await, format!("<1,{}>", interchange(1).len()));
    task.await.unwrap();
}

/// Stands for TLS with client certificates: whoever connects is the partner `clinic`.
struct Recognised;

impl Acceptor for Recognised {
    type Io = TcpStream;

    async fn accept(
        &self,
        stream: TcpStream,
        _: SocketAddr,
    ) -> std::io::Result<(TcpStream, Caller)> {
        let how = Credential::Certificate;
        Ok((stream, Caller::partner_itself("clinic", how)))
    }
}

#[tokio::test]
async fn an_acceptor_says_who_is_calling() {
    let service = Echo::open();
    let listener = two_listeners([10_000; 2]).remove(0);
    let address = listener.address();
    let handler = Tcp::new(service.clone(), listener.settings(), &config::Limits::default());
    let stop = CancellationToken::new();
    let task = tokio::spawn(listener.serve(Recognised, handler, stop.clone()));
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(interchange(1).as_bytes()).await.unwrap();
    read_until(&mut stream, ">").await;
    assert_eq!(*service.origins.lock().unwrap(), ["private clinic by certificate"]);
    stop.cancel();
    task.await.unwrap();
}

#[tokio::test]
async fn a_question_in_a_frame_is_answered_in_the_same_frame() {
    let text = interchange(1);
    let answer = format!("<1,{}>", text.len());
    let framed = |text: &str| {
        let length = text.len();
        let word = u32::try_from(length).unwrap().to_be_bytes();
        [
            format!("\u{1}{length:010}\u{2}{text}\u{3}").into_bytes(),
            format!("\u{b}{text}\u{1c}\r").into_bytes(),
            format!("{length:010}{text}").into_bytes(),
            [&word[..], text.as_bytes()].concat(),
        ]
    };
    for (question, expected) in framed(&text).into_iter().zip(framed(&answer)) {
        let server = Server::start(Echo::open(), |_| {});
        let mut stream = server.connect().await;
        // Two at once, in small pieces.
        for piece in question.repeat(2).chunks(33) {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        let mut came = vec![0; expected.len() * 2];
        let read =
            tokio::time::timeout(Duration::from_secs(10), stream.read_exact(&mut came)).await;
        read.expect("an answer").unwrap();
        assert_eq!(came, expected.repeat(2));
        // What is no frame of the connection's own kind ends it.
        stream.write_all(b"!ISA").await.unwrap();
        assert_eq!(read_to_end(&mut stream).await, "");
    }
}

#[tokio::test]
async fn a_frame_that_drips_is_cut() {
    let server = Server::start(Echo::open(), |config| {
        config.listeners[0].frame_timeout_ms = 300;
    });
    let mut stream = server.connect().await;
    let begun = Instant::now();
    let mut dripping = Box::pin(async {
        for byte in b"0000000300".iter().chain(std::iter::repeat(&b'I')) {
            if stream.write_all(&[*byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    tokio::time::timeout(Duration::from_secs(10), &mut dripping).await.expect("it is cut");
    assert!(begun.elapsed() < Duration::from_secs(5));
}
