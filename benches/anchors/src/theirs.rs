//! The same work over the `h2` crate: both ends on one thread, over a pipe in memory.

use bytes::Bytes;
use h2::client::SendRequest;
use h2::{RecvStream, SendStream};
use http::{Request, Response};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use crate::workload::{BATCH, DATA_LEN, PIPE, REQUEST, RESPONSE, WINDOW, Work, body, url};

/// One round of so many units, over ends that stay.
pub fn round(work: Work, units: usize) -> Box<dyn FnMut()> {
    let runtime = Builder::new_current_thread().build().unwrap();
    match work {
        Work::Streams { body: len, in_flight, .. } => {
            let mut client = runtime.block_on(connect(Server::Responds(body(len))));
            let mut next = 0;
            Box::new(move || {
                let end = next + units;
                while next < end {
                    let batch = next..end.min(next + in_flight);
                    next = batch.end;
                    client = runtime.block_on(exchange(client.clone(), batch));
                }
            })
        }
        Work::Data { open, .. } => data_round(runtime, open, units),
    }
}

enum Server {
    /// Every request with this body.
    Responds(Bytes),
    /// Every request with an open response, and hands its body over.
    Opens(mpsc::UnboundedSender<(RecvStream, SendStream<Bytes>)>),
}

async fn connect(server: Server) -> SendRequest<Bytes> {
    let (client_end, server_end) = tokio::io::duplex(PIPE);
    tokio::spawn(serve(server_end, server));
    let (client, connection) = h2::client::Builder::new()
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .handshake(client_end)
        .await
        .unwrap();
    tokio::spawn(connection);
    client
}

async fn serve(transport: tokio::io::DuplexStream, server: Server) {
    let mut connection = h2::server::Builder::new()
        .initial_window_size(WINDOW)
        .initial_connection_window_size(WINDOW)
        .max_concurrent_streams(u32::MAX)
        .handshake(transport)
        .await
        .unwrap();
    while let Some(accepted) = connection.accept().await {
        let Ok((request, mut respond)) = accepted else { return };
        match &server {
            Server::Responds(body) => {
                let mut stream = respond.send_response(response(), body.is_empty()).unwrap();
                if !body.is_empty() {
                    stream.send_data(body.clone(), true).unwrap();
                }
            }
            Server::Opens(bodies) => {
                let stream = respond.send_response(Response::new(()), false).unwrap();
                bodies.send((request.into_body(), stream)).unwrap();
            }
        }
    }
}

fn response() -> Response<()> {
    let mut builder = Response::builder().status(200).header("server", "HTTP/1.1");
    for (name, value) in RESPONSE {
        builder = builder.header(name, value);
    }
    builder.body(()).unwrap()
}

fn request(number: usize) -> Request<()> {
    let mut builder = Request::builder().method("GET").uri(url(number));
    for (name, value) in REQUEST {
        builder = builder.header(name, value);
    }
    builder.body(()).unwrap()
}

async fn exchange(
    client: SendRequest<Bytes>,
    numbers: std::ops::Range<usize>,
) -> SendRequest<Bytes> {
    let mut client = client.ready().await.unwrap();
    let mut responses = Vec::with_capacity(numbers.len());
    for number in numbers {
        client = client.ready().await.unwrap();
        let (response, _) = client.send_request(request(number), true).unwrap();
        responses.push(response);
    }
    for response in responses {
        read(&mut response.await.unwrap().into_body(), usize::MAX).await;
    }
    client
}

/// Reads a body and gives its credit back, until it has so many bytes or ends.
async fn read(body: &mut RecvStream, len: usize) {
    let mut read = 0;
    while read < len {
        let Some(data) = body.data().await else { return };
        let data = data.unwrap();
        read += data.len();
        body.flow_control().release_capacity(data.len()).unwrap();
    }
}

fn data_round(runtime: Runtime, open: usize, units: usize) -> Box<dyn FnMut()> {
    let (sender, mut bodies) = mpsc::unbounded_channel();
    let (mut streams, keep) = runtime.block_on(async {
        let mut client = connect(Server::Opens(sender)).await;
        let (mut streams, mut keep) = (Vec::with_capacity(open), Vec::new());
        while streams.len() < open {
            let count = BATCH.min(open - streams.len());
            let mut opened = Vec::with_capacity(count);
            for _ in 0..count {
                client = client.ready().await.unwrap();
                let request = Request::post("https://www.example.com/").body(()).unwrap();
                let (response, stream) = client.send_request(request, false).unwrap();
                opened.push((stream, response));
            }
            for (stream, response) in opened {
                let (body, answer) = bodies.recv().await.unwrap();
                let response: Response<RecvStream> = response.await.unwrap();
                keep.push((answer, response.into_body()));
                streams.push((stream, body));
            }
        }
        (streams, (keep, client))
    });
    let (payload, mut next) = (body(DATA_LEN), 0);
    Box::new(move || {
        let _ = &keep;
        runtime.block_on(async {
            for _ in 0..units / BATCH {
                for offset in 0..BATCH {
                    let (stream, _) = &mut streams[(next + offset) % open];
                    stream.send_data(payload.clone(), false).unwrap();
                }
                // One stream may have all of the batch.
                for offset in 0..BATCH.min(open) {
                    let (_, body) = &mut streams[(next + offset) % open];
                    read(body, DATA_LEN * BATCH.div_ceil(open)).await;
                }
                next = (next + BATCH) % open;
            }
        });
    })
}
