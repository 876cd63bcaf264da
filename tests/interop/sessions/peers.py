"""What the peers of random sessions cannot do, or do in a way of their own: the model allows for it, and for no more."""

METHOD, PATH, SCHEME, HOST, VERSION, STATUS = range(6)
NAMES = {
    "2": ["method", "url", "scheme", "host", "version", "status"],
    "3": [":method", ":path", ":scheme", ":host", ":version", ":status"],
}
NAMES["3.1"] = NAMES["3"]


class Ours:
    """Our end, as a peer of itself: nothing but the text."""

    name = "ours"
    priorities = True               # SYN_STREAM says how urgent a stream is
    one_way_pushes = True           # pushes are UNIDIRECTIONAL in meaning: nobody answers them
    says_one_way = True             # and have the flag
    fin_in_frames = True            # FIN in SYN_REPLY and HEADERS can be sent and is seen
    empty_data = False              # DATA without bytes or FIN can be sent
    resets_after_fin = True
    unicode = True                  # values need not be ASCII
    forgets_no_push = True          # HEADERS on a push that was reset are nothing new
    any_status = True               # RST_STREAM with any status; else REFUSED_STREAM before the reply, and CANCEL
    early_data = True               # what comes on a stream before its reply is taken
    late_streams_after_goaway = True  # GOAWAY received does not cost the open streams
    sends_goaway_early = True       # GOAWAY can be sent while streams are open
    options = {}

    @staticmethod
    def level_sent(version, level):
        return min(level, 3) if version == "2" else level

    level_received = level_sent

    @staticmethod
    def headers_received(version, headers):
        return headers

    @staticmethod
    def last_good(opened_by_other, opened_by_self):
        return opened_by_other


class Npm(Ours):
    """spdy-transport 3.0.0.

    * FIN is a DATA frame of its own; it is not sent with SYN_REPLY or HEADERS, and not seen on HEADERS.
    * Pushes are not UNIDIRECTIONAL, and still take no answer.
    * HEADERS on a push that it has reset open the stream again.
    * GOAWAY that it receives resets the streams above the last good one, whoever opened them; so it gets none before
      the end. The last good one that it sends is the highest of either side. In /2 it has 8 bytes, and one of 4 is an
      error, which counts as GOAWAY here.
    * Priorities stand in three bits also in /2, which has two.
    * Values are sent with the length of their UTF-8 and the bytes of Latin-1.
    * Header lists become objects: the values of a name are joined, `:version` is left out, `:status` is its first word,
      the names of /2 and `:host` are renamed.
    * More stands in `peer.js`: how a program over it has to be written.
    """

    name = "npm"
    says_one_way = False
    forgets_no_push = False
    unicode = False
    fin_in_frames = False
    late_streams_after_goaway = False

    @staticmethod
    def level_sent(version, level):
        return level >> 1 if version == "2" else level

    @staticmethod
    def level_received(version, level):
        return min(level, 3) << 1 if version == "2" else level

    @staticmethod
    def headers_received(version, headers):
        seen = {}
        for name, values in headers.items():
            if name in NAMES[version]:
                name = NAMES["3"][NAMES[version].index(name)]
            if name == ":version":
                continue
            name = {":host": ":authority"}.get(name, name)
            if name == "set-cookie":
                seen[name] = values
            elif name == "cookie":
                seen[name] = ["; ".join(values)]
            elif name == ":status":
                seen[name] = [values[0].split(" ")[0]]
            else:
                seen[name] = [", ".join(values)]
        return seen

    @staticmethod
    def last_good(opened_by_other, opened_by_self):
        return max(opened_by_other, opened_by_self)


class Go(Ours):
    """spdystream 0.2.0.

    * Streams of the server are pushes in name only: they are answered like any other.
    * Every stream has priority 0.
    * RST_STREAM is REFUSED_STREAM before the reply or CANCEL, and none is sent behind its own FIN.
    * What comes on a stream before it has replied is dropped: the peer has to wait, as `Config::kubernetes` does.
    * What comes between its SYN_REPLY and the end of the call that sends it is dropped too, which `sessions_play.go`
      sees to; and a stream that is reset before its reply blocks a worker for ever, unless the program waits for a
      reply on a stream that it did not open.
    * GOAWAY that it receives ends its reading; behind its own it closes the connection with the last stream, while the
      FIN of that may be on its way. So neither is sent before the end.
    """

    name = "go"
    priorities = False
    one_way_pushes = False
    empty_data = True
    resets_after_fin = False
    any_status = False
    early_data = False
    late_streams_after_goaway = False
    sends_goaway_early = False


PEERS = {it.name: it for it in (Ours, Npm, Go)}
