//! What the examples share.
//!
//! | file | its job |
//! |---|---|
//! | `driver` | one nonblocking TCP connection that drives a [`spdy::Session`] |
//! | `opening` | what comes before a session: nothing, or the handshake of WebSocket |
//! | `server` | the event loop of all connections that were accepted |
//! | `responder` | requests to answers: files, echoes, pushes |
//! | `files` | the files below a directory, and nothing else |
//! | `client` | one connection on which resources are fetched, and their URLs |
//! | `fetcher` | the streams on which resources come: requests, uploads, pushes |
//! | `resource` | a resource, how far it has come, and what becomes of its body |
//! | `waterfall` | the table of resources with a bar for each |
//! | `http1` | the upgrade of HTTP/1.1 |
//! | `kube` | both ends of Kubernetes' connections: how they are set up, and their event loop |
//! | `pulse` | when to send a PING, and when a peer is gone |
//! | `pipe` | TCP connections whose bytes go through streams |
//! | `windows` | how much may be on its way |
//! | `capture` | what was recorded of one direction, for `inspect` |
//! | `json` | frames and values as JSON |
//! | `svg` | pictures |
//! | `args` | command lines, and how a program fails |
#![allow(dead_code, reason = "every example uses its own part")]

pub mod args;
pub mod capture;
pub mod client;
pub mod driver;
pub mod fetcher;
pub mod files;
pub mod http1;
pub mod json;
pub mod kube;
pub mod opening;
pub mod pipe;
pub mod pulse;
pub mod resource;
pub mod responder;
pub mod server;
pub mod svg;
pub mod waterfall;
pub mod windows;
