//! The life of a stream: one pure function, printed whole to `testvectors/stream_states.txt`.
//!
//! The machine knows neither version nor role. It says why an input does not fit; what that costs
//! is the dialect's affair ([`Faults`]) when the peer did it, and a refused call when we did.

use crate::dialect::{Faults, Reaction};

/// One stream as this side sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum State {
    /// Never used.
    Idle,
    Live(Live),
    /// Both sides have finished, or it was torn down. Nothing is kept of it.
    Over,
}

/// A stream that is neither idle nor over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Live {
    pub(crate) opener: Opener,
    /// Only the opener sends.
    pub(crate) one_way: bool,
    /// The responder's SYN_REPLY has been sent or received, or none is due.
    pub(crate) replied: bool,
    pub(crate) local: Half,
    pub(crate) remote: Half,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Opener {
    Local,
    Remote,
}

/// One direction of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Half {
    Open,
    /// Ours only: the FIN has been asked for and waits in the queue.
    Finishing,
    Closed,
}

/// What happens to a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Input {
    SendSyn {
        fin: bool,
        one_way: bool,
    },
    RecvSyn {
        fin: bool,
        one_way: bool,
    },
    SendReply {
        fin: bool,
    },
    RecvReply {
        fin: bool,
    },
    SendData {
        fin: bool,
    },
    RecvData {
        fin: bool,
    },
    SendHeaders {
        fin: bool,
    },
    RecvHeaders {
        fin: bool,
    },
    SendSubresource,
    RecvSubresource,
    /// The frame with our FIN was staged for output.
    FinStaged,
    SendFinStream,
    RecvFinStream,
}

/// Why an input does not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Refusal {
    /// The stream was never opened.
    NeverOpened,
    /// It has ended.
    Over,
    /// It has ended, and this is DATA.
    DataWhenOver,
    /// SYN_STREAM for a stream that is live.
    SecondSyn,
    /// SYN_REPLY for a stream that has one.
    SecondReply,
    /// SYN_REPLY from the side that opened the stream.
    ReplyFromOpener,
    /// DATA from the responder before its SYN_REPLY.
    DataBeforeReply,
    /// The sender has finished.
    AfterFin,
    /// The sender may not send: the stream goes the other way only.
    AgainstOneWay,
    /// It means nothing here, in any version.
    Void,
}

impl Refusal {
    /// What the peer's frame costs.
    pub(crate) const fn reaction(self, faults: &Faults) -> Reaction {
        match self {
            Self::NeverOpened => faults.never_opened,
            Self::Over => faults.over,
            Self::DataWhenOver => faults.data_when_over,
            Self::SecondSyn => faults.second_syn,
            Self::SecondReply => faults.second_reply,
            Self::ReplyFromOpener => faults.reply_from_opener,
            Self::DataBeforeReply => faults.data_before_reply,
            Self::AfterFin => faults.after_fin,
            Self::AgainstOneWay => faults.against_one_way,
            Self::Void => Reaction::Ignore,
        }
    }
}

impl State {
    /// The state after an input.
    pub(crate) const fn on(self, input: Input) -> Result<Self, Refusal> {
        match self {
            Self::Idle => Self::on_idle(input),
            Self::Live(live) => live.on(input),
            Self::Over => Err(match input {
                Input::RecvFinStream | Input::SendFinStream | Input::RecvSubresource => {
                    Refusal::Void
                }
                Input::RecvData { .. } => Refusal::DataWhenOver,
                _ => Refusal::Over,
            }),
        }
    }

    const fn on_idle(input: Input) -> Result<Self, Refusal> {
        let live = match input {
            Input::SendSyn { fin, one_way } => Live {
                opener: Opener::Local,
                one_way,
                replied: one_way,
                local: if fin { Half::Finishing } else { Half::Open },
                remote: Half::closed_if(one_way),
            },
            Input::RecvSyn { fin, one_way } => Live {
                opener: Opener::Remote,
                one_way,
                replied: one_way,
                local: Half::closed_if(one_way),
                remote: Half::closed_if(fin),
            },
            Input::RecvFinStream | Input::RecvSubresource => return Err(Refusal::Void),
            _ => return Err(Refusal::NeverOpened),
        };
        Ok(live.settle())
    }
}

impl Half {
    const fn closed_if(closed: bool) -> Self {
        if closed { Self::Closed } else { Self::Open }
    }

    const fn is_open(self) -> bool {
        matches!(self, Self::Open)
    }
}

impl Live {
    /// Whether the stream can still be refused as one that nothing was done with.
    pub(crate) const fn is_refusable(self) -> bool {
        matches!(self.opener, Opener::Remote) && (self.one_way || !self.replied)
    }

    /// Whether DATA of the peer fits, with or without FIN: what [`Self::on`] says, in fewer steps. (A
    /// stream on which only we send was finished by the peer from the start.)
    pub(crate) const fn takes_data(self) -> bool {
        self.remote.is_open() && (self.replied || matches!(self.opener, Opener::Remote))
    }

    /// Whether our DATA fits, likewise.
    pub(crate) const fn gives_data(self) -> bool {
        self.local.is_open() && (self.replied || matches!(self.opener, Opener::Local))
    }

    const fn settle(self) -> State {
        match (self.local, self.remote) {
            (Half::Closed, Half::Closed) => State::Over,
            _ => State::Live(self),
        }
    }

    pub(crate) const fn on(mut self, input: Input) -> Result<State, Refusal> {
        let opened_here = matches!(self.opener, Opener::Local);
        match input {
            Input::SendSyn { .. } | Input::RecvSyn { .. } => return Err(Refusal::SecondSyn),
            Input::SendFinStream | Input::RecvFinStream => return Ok(State::Over),
            Input::RecvSubresource => {}

            Input::SendReply { .. }
            | Input::SendData { .. }
            | Input::SendHeaders { .. }
            | Input::SendSubresource
                if self.one_way && !opened_here =>
            {
                return Err(Refusal::AgainstOneWay);
            }
            Input::RecvReply { .. } | Input::RecvData { .. } | Input::RecvHeaders { .. }
                if self.one_way && opened_here =>
            {
                return Err(Refusal::AgainstOneWay);
            }

            Input::SendReply { .. } if opened_here => return Err(Refusal::ReplyFromOpener),
            Input::RecvReply { .. } if !opened_here => return Err(Refusal::ReplyFromOpener),
            Input::RecvReply { .. } if !self.remote.is_open() => return Err(Refusal::AfterFin),
            Input::SendReply { .. } | Input::RecvReply { .. } if self.replied => {
                return Err(Refusal::SecondReply);
            }
            Input::SendReply { fin } => {
                self.replied = true;
                self.local = if fin { Half::Finishing } else { self.local };
            }
            Input::RecvReply { fin } => {
                self.replied = true;
                self.remote = Half::closed_if(fin);
            }

            Input::SendData { .. } | Input::SendHeaders { .. } | Input::SendSubresource
                if !self.local.is_open() =>
            {
                return Err(Refusal::AfterFin);
            }
            Input::RecvData { .. } | Input::RecvHeaders { .. } if !self.remote.is_open() => {
                return Err(Refusal::AfterFin);
            }
            Input::SendData { .. } | Input::SendHeaders { .. } if !opened_here && !self.replied => {
                return Err(Refusal::DataBeforeReply);
            }
            Input::RecvData { .. } if opened_here && !self.replied => {
                return Err(Refusal::DataBeforeReply);
            }
            Input::SendData { fin } | Input::SendHeaders { fin } => {
                self.local = if fin { Half::Finishing } else { self.local };
            }
            Input::RecvData { fin } | Input::RecvHeaders { fin } => {
                self.remote = Half::closed_if(fin);
            }
            Input::SendSubresource => {}

            Input::FinStaged => match self.local {
                Half::Finishing => self.local = Half::Closed,
                Half::Open | Half::Closed => return Err(Refusal::Void),
            },
        }
        Ok(self.settle())
    }
}

#[cfg(test)]
mod tests;
