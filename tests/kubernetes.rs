//! The names that Kubernetes writes, both ways.

use spdy::kubernetes::{
    EXEC_PROTOCOLS, PORT_FORWARD_PROTOCOL, StreamError, StreamHeaders, StreamType, choose_protocol,
};
use spdy::{Headers, Open};

fn said(list: impl Into<Headers>) -> Result<StreamHeaders, StreamError> {
    StreamHeaders::parse(&list.into())
}

/// As the upgrade of a client brings them: a line for each, or lists with commas.
#[test]
fn the_first_offer_that_the_server_knows_is_chosen() {
    let ours = &EXEC_PROTOCOLS[1..];
    assert_eq!(choose_protocol(EXEC_PROTOCOLS, ours), Some("v4.channel.k8s.io"));
    assert_eq!(choose_protocol(["a ,v3.channel.k8s.io,b"], ours), Some("v3.channel.k8s.io"));
    let oldest_first = EXEC_PROTOCOLS.into_iter().rev();
    assert_eq!(choose_protocol(oldest_first, ours), Some("channel.k8s.io"));
    for none in [&[][..], &[""], &["V4.channel.k8s.io"], &["v4.channel.k8s.io.x"]] {
        assert_eq!(choose_protocol(none.iter().copied(), ours), None, "{none:?}");
    }
    assert_eq!(choose_protocol([PORT_FORWARD_PROTOCOL], ours), None);
}

#[test]
fn a_stream_type_is_read_as_it_is_written() {
    for kind in StreamType::ALL {
        let open = kind.open();
        assert_eq!(open.headers().get_str("streamtype"), Some(&*kind.to_string()));
        assert_eq!(kind.as_str().parse(), Ok(kind));
        let stream = said(open.headers().clone()).unwrap();
        assert_eq!((stream.kind, stream.request_id.as_deref()), (kind, None));
        assert_eq!(stream.port(), Err(StreamError::Port));
    }
    let names = StreamType::ALL.map(StreamType::as_str);
    assert_eq!(names, ["error", "stdin", "stdout", "stderr", "resize", "data"]);
}

#[test]
fn the_streams_of_a_port_name_it_and_belong_together() {
    for kind in [StreamType::Error, StreamType::Data] {
        let open: Open = kind.open_for_port(65_535, 7);
        let pairs: Vec<_> = open.headers().iter().collect();
        let expected = [("streamtype", kind.as_str()), ("port", "65535"), ("requestid", "7")];
        assert_eq!(pairs, expected.map(|(name, value)| (name, value.as_bytes())));
        let stream = said(open.headers().clone()).unwrap();
        assert_eq!((stream.kind, stream.port()), (kind, Ok(65_535)));
        assert_eq!(stream.request_id.as_deref(), Some("7"));
    }
}

#[test]
fn a_list_of_no_stream_is_refused_with_the_reason() {
    for list in [&[][..], &[("port", "80")], &[("streamtype", "")], &[("streamtype", "Data")]] {
        assert_eq!(said(list), Err(StreamError::StreamType), "{list:?}");
    }
    for port in ["", "0", "65536", "-1", "http", "8 0"] {
        let stream = said([("streamtype", "data"), ("port", port)]).unwrap();
        assert_eq!(stream.port(), Err(StreamError::Port), "{port:?}");
    }
    let type_text = StreamError::StreamType.to_string();
    assert_eq!(type_text, "the header `streamtype` is missing or unknown");
    assert_eq!(StreamError::Port.to_string(), "the header `port` is missing or no port");
}
