//! Windows: how much may be on its way before it has to be acknowledged.

use spdy::{Config, FlowControl, Role, SendError, Session, Setting, SettingId, Version};

/// For each stream, and for all of a session together. The first 64 KiB of every version are little
/// for a long line.
const STREAM: u32 = 512 * 1024;
const SESSION: u32 = 4 * 1024 * 1024;

/// What a stream has where nothing is announced.
const INITIAL: u32 = 64 * 1024;

/// The most that a window can be.
const UNLIMITED: u32 = 0x7FFF_FFFF;

/// Whether a version has windows at all.
pub const fn exist(version: Version) -> bool {
    matches!(version, Version::Spdy3 | Version::Spdy3_1)
}

/// A widely used JavaScript peer sends up to 8 KiB more than a window has left. That is no reason to
/// end its session: a stream is bounded where its data is kept.
pub const fn config(config: Config) -> Config {
    config.receive_flow_control(FlowControl::Ignored)
}

/// What a peer may have under way on one of its streams. A server keeps what it is sent, and SPDY/3
/// has no window that bounds the streams of a client together: there it grants no more than it must.
pub fn of_stream(session: &Session) -> u32 {
    match (session.version(), session.role()) {
        // Nobody gives anything back in SPDY/2, and the same peer waits for it.
        (Version::Draft1 | Version::Spdy2 | Version::SpeedMobility, _) => UNLIMITED,
        (Version::Spdy3, Role::Server) => INITIAL,
        _ => STREAM,
    }
}

/// Announces settings, and windows that are wide enough.
pub fn open(session: &mut Session, settings: &[Setting]) -> Result<(), SendError> {
    if session.version() == Version::SpeedMobility {
        return Ok(()); // There are no settings.
    }
    let size = of_stream(session);
    let is_said = session.version() != Version::Draft1 && size != INITIAL;
    let initial = is_said.then(|| Setting::new(SettingId::INITIAL_WINDOW_SIZE, size));
    let settings: Vec<_> = settings.iter().copied().chain(initial).collect();
    if !settings.is_empty() {
        session.send_settings(settings.into_iter().collect::<spdy::Settings>())?;
    }
    match session.grow_session_window(SESSION) {
        // Only SPDY/3.1 has such a window.
        Err(SendError::NotInVersion) => Ok(()),
        result => result,
    }
}
