//! Frames as JSON.

use serde_json::{Value, json};
use spdy::{Frame, Headers, Setting};

/// The members of a frame's object, under its version's word for it; `length` is that of a whole DATA
/// frame.
pub fn frame_to_json(name: &str, frame: &Frame, length: u64) -> Vec<(&'static str, Value)> {
    let mut pairs = vec![("type", json!(name))];
    match frame {
        Frame::SynStream(syn) => {
            pairs.push(("stream", json!(syn.stream.get())));
            pairs.extend(syn.associated.map(|stream| ("associated", json!(stream.get()))));
            pairs.push(("fin", json!(syn.fin)));
            pairs.extend(syn.unidirectional.then_some(("unidirectional", json!(true))));
            pairs.extend(syn.push_allowed.then_some(("push_allowed", json!(true))));
            pairs.push(("priority", json!(syn.priority.level())));
            pairs.extend((syn.slot != 0).then(|| ("slot", json!(syn.slot))));
            pairs.push(("headers", list(&syn.headers)));
        }
        Frame::SynReply(reply) => pairs.extend([
            ("stream", json!(reply.stream.get())),
            ("fin", json!(reply.fin)),
            ("headers", list(&reply.headers)),
        ]),
        Frame::Data(data) => pairs.extend([
            ("stream", json!(data.stream.get())),
            ("fin", json!(data.fin)),
            ("length", json!(length)),
        ]),
        Frame::FinStream(fin) => {
            pairs.extend([("stream", json!(fin.stream.get())), ("status", json!(fin.status.0))]);
        }
        // Draft 1's have no flags.
        Frame::Settings(settings) if name == "HELLO" => {
            let entries = settings.entries.iter().map(|entry| json!([entry.id.0, entry.value]));
            pairs.push(("entries", entries.collect()));
        }
        Frame::Settings(settings) => {
            let entry = |entry: &Setting| json!([entry.id.0, entry.value, entry.flags]);
            pairs.push(("clear", json!(settings.clear)));
            pairs.push(("entries", settings.entries.iter().map(entry).collect()));
        }
        Frame::Ping(id) => pairs.push(("id", json!(id.get()))),
        Frame::GoAway(go_away) => {
            pairs.push(("last_good", json!(go_away.last_good.get())));
            pairs.extend(go_away.status.map(|status| ("status", json!(status.0))));
        }
        Frame::Subresource(subresource) => pairs.extend([
            ("stream", json!(subresource.stream.get())),
            ("headers", list(&subresource.headers)),
        ]),
        Frame::Headers(headers) => pairs.extend([
            ("stream", json!(headers.stream.get())),
            ("fin", json!(headers.fin)),
            ("headers", list(&headers.headers)),
        ]),
        Frame::WindowUpdate(update) => {
            pairs.extend([("stream", json!(update.stream.get())), ("delta", json!(update.delta))])
        }
        Frame::Credential(credential) => pairs.extend([
            ("slot", json!(credential.slot)),
            ("proof", json!(hex(&credential.proof))),
            ("certificates", credential.certificates.iter().map(|it| json!(hex(it))).collect()),
        ]),
        Frame::Unknown(unknown) => {
            pairs.extend([("code", json!(unknown.number)), ("length", json!(unknown.length))]);
        }
        // NOOP says nothing, and what later versions add is named at least.
        _ => {}
    }
    let lists = [
        matches!(frame, Frame::SynStream(it) if it.headers.is_uncompressed()),
        matches!(frame, Frame::SynReply(it) if it.headers.is_uncompressed()),
        matches!(frame, Frame::Headers(it) if it.headers.is_uncompressed()),
    ];
    pairs.extend(lists.contains(&true).then_some(("uncompressed", json!(true))));
    pairs
}

/// An object whose keys keep their order.
pub fn object<'a>(pairs: impl IntoIterator<Item = (&'a str, Value)>) -> String {
    let pairs = pairs.into_iter().map(|(key, value)| format!("{}:{value}", json!(key)));
    format!("{{{}}}", pairs.collect::<Vec<_>>().join(","))
}

fn list(headers: &Headers) -> Value {
    headers.iter().map(|(name, value)| json!([latin1(name.as_bytes()), latin1(value)])).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Every byte as the character of the same number: nothing is lost, whatever a value holds.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}
