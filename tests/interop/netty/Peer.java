import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdyGoAwayFrame;
import io.netty.handler.codec.spdy.DefaultSpdyHeadersFrame;
import io.netty.handler.codec.spdy.DefaultSpdyPingFrame;
import io.netty.handler.codec.spdy.DefaultSpdyRstStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdySettingsFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynStreamFrame;
import io.netty.handler.codec.spdy.DefaultSpdyWindowUpdateFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdyGoAwayFrame;
import io.netty.handler.codec.spdy.SpdyHeadersFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.handler.codec.spdy.SpdyRstStreamFrame;
import io.netty.handler.codec.spdy.SpdySessionHandler;
import io.netty.handler.codec.spdy.SpdySettingsFrame;
import io.netty.handler.codec.spdy.SpdyStreamFrame;
import io.netty.handler.codec.spdy.SpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import io.netty.handler.codec.spdy.SpdyWindowUpdateFrame;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.logging.LogManager;
import java.util.zip.CRC32;

/**
 * A peer made of Netty's SPDY/3.1 codec and session, in memory.
 *
 * <pre>
 * Peer decode FILE              the frames of one direction, a JSON object a line
 * Peer encode FILE LEVEL        writes one of each frame, header blocks deflated at LEVEL, and prints them
 * Peer react server|client      a session that is driven by the lines of stdin
 * </pre>
 *
 * <p>react prints what each line made the session send ({"step":N,"out":FRAME}) and deliver
 * ({"step":N,"in":FRAME}), and {"step":N,"closed":true} once it has closed the connection. Steps count from 0, and
 * several sessions run one after the other, each ended by an empty line and answered by one. The lines are:
 *
 * <pre>
 * input HEX                     bytes of the peer
 * open ID [fin] [uni]           SYN_STREAM
 * reply ID [fin]                SYN_REPLY
 * headers ID [fin]              HEADERS
 * data ID LENGTH [fin]          DATA
 * reset ID STATUS               RST_STREAM
 * settings ID VALUE             SETTINGS with one entry
 * ping ID                       PING
 * goaway                        GOAWAY
 * </pre>
 */
public class Peer {
    /** Frames are shown whole: by default the codec cuts DATA into chunks of 8 KiB and header lists at 16 KiB. */
    private static SpdyFrameCodec codec(int level) {
        return new SpdyFrameCodec(SpdyVersion.SPDY_3_1, 0xFFFFFF, 1 << 20, level, 15, 8);
    }

    public static void main(String[] args) throws IOException {
        // Behind an invalid frame the codec goes on and throws once more, which the channel logs.
        LogManager.getLogManager().reset();
        String mode = args.length == 0 ? "" : args[0];
        if (mode.equals("decode") && args.length == 2) {
            EmbeddedChannel channel = new EmbeddedChannel(codec(6));
            feed(channel, Files.readAllBytes(Path.of(args[1])));
            inbound(channel).forEach(System.out::println);
        } else if (mode.equals("encode") && args.length == 3) {
            encode(Path.of(args[1]), Integer.parseInt(args[2]));
        } else if (mode.equals("react") && args.length == 2) {
            react(args[1].equals("server"));
        } else {
            System.err.println("usage: Peer decode FILE | encode FILE LEVEL | react server|client");
            System.exit(2);
        }
    }

    /** What was thrown is printed among the frames that were read: {"error":TEXT}. */
    private static List<String> errors = new ArrayList<>();

    private static void feed(EmbeddedChannel channel, byte[] bytes) {
        try {
            channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        } catch (Exception error) {
            errors.add("{\"error\":" + quote(String.valueOf(error.getMessage())) + "}");
        }
    }

    private static List<String> inbound(EmbeddedChannel channel) {
        List<String> lines = new ArrayList<>();
        for (Object frame; (frame = channel.readInbound()) != null;) {
            lines.add(show(frame));
        }
        lines.addAll(errors);
        errors = new ArrayList<>();
        return lines;
    }

    private static byte[] outbound(EmbeddedChannel channel) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (ByteBuf piece; (piece = channel.readOutbound()) != null; piece.release()) {
            bytes.writeBytes(ByteBufUtil.getBytes(piece));
        }
        return bytes.toByteArray();
    }

    // ---- frames as JSON

    private static String show(Object frame) {
        StringBuilder text = new StringBuilder("{");
        if (frame instanceof SpdyStreamFrame) {
            SpdyStreamFrame it = (SpdyStreamFrame) frame;
            text.append("\"stream\":").append(it.streamId()).append(",\"fin\":").append(it.isLast()).append(',');
        }
        if (frame instanceof SpdyHeadersFrame) {
            SpdyHeadersFrame it = (SpdyHeadersFrame) frame;
            text.append("\"invalid\":").append(it.isInvalid()).append(",\"truncated\":").append(it.isTruncated());
            text.append(",\"headers\":[");
            String separator = "";
            for (CharSequence name : it.headers().names()) {
                // Netty splits a value at its NULs.
                String value = String.join("\0", it.headers().getAllAsString(name));
                text.append(separator).append('[').append(quote(name.toString())).append(',');
                text.append(quote(value)).append(']');
                separator = ",";
            }
            text.append("],");
        }
        if (frame instanceof SpdySynStreamFrame) {
            SpdySynStreamFrame it = (SpdySynStreamFrame) frame;
            text.append("\"associated\":").append(it.associatedStreamId());
            text.append(",\"priority\":").append(it.priority());
            text.append(",\"unidirectional\":").append(it.isUnidirectional());
            return text.append(",\"type\":\"SYN_STREAM\"}").toString();
        } else if (frame instanceof SpdySynReplyFrame) {
            return text.append("\"type\":\"SYN_REPLY\"}").toString();
        } else if (frame instanceof SpdyHeadersFrame) {
            return text.append("\"type\":\"HEADERS\"}").toString();
        } else if (frame instanceof SpdyDataFrame) {
            byte[] data = ByteBufUtil.getBytes(((SpdyDataFrame) frame).content());
            CRC32 sum = new CRC32();
            sum.update(data);
            text.append("\"length\":").append(data.length).append(",\"crc32\":").append(sum.getValue());
            return text.append(",\"type\":\"DATA\"}").toString();
        } else if (frame instanceof SpdyRstStreamFrame) {
            text.append("\"status\":").append(((SpdyRstStreamFrame) frame).status().code());
            return text.append(",\"type\":\"RST_STREAM\"}").toString();
        } else if (frame instanceof SpdySettingsFrame) {
            SpdySettingsFrame it = (SpdySettingsFrame) frame;
            text.append("\"clear\":").append(it.clearPreviouslyPersistedSettings()).append(",\"entries\":[");
            String separator = "";
            for (int id : it.ids()) {
                int flags = (it.isPersistValue(id) ? 1 : 0) | (it.isPersisted(id) ? 2 : 0);
                long value = it.getValue(id) & 0xFFFFFFFFL;
                text.append(separator).append("[" + id + "," + value + "," + flags + "]");
                separator = ",";
            }
            return text.append("],\"type\":\"SETTINGS\"}").toString();
        } else if (frame instanceof SpdyPingFrame) {
            return "{\"id\":" + (((SpdyPingFrame) frame).id() & 0xFFFFFFFFL) + ",\"type\":\"PING\"}";
        } else if (frame instanceof SpdyGoAwayFrame) {
            SpdyGoAwayFrame it = (SpdyGoAwayFrame) frame;
            text.append("\"last_good\":").append(it.lastGoodStreamId());
            return text.append(",\"status\":").append(it.status().code()).append(",\"type\":\"GOAWAY\"}").toString();
        } else if (frame instanceof SpdyWindowUpdateFrame) {
            SpdyWindowUpdateFrame it = (SpdyWindowUpdateFrame) frame;
            text.append("\"stream\":").append(it.streamId()).append(",\"delta\":").append(it.deltaWindowSize());
            return text.append(",\"type\":\"WINDOW_UPDATE\"}").toString();
        }
        throw new IllegalArgumentException(String.valueOf(frame));
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char c : text.toCharArray()) {
            boolean plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
            quoted.append(plain ? String.valueOf(c) : String.format("\\u%04x", (int) c));
        }
        return quoted.append('"').toString();
    }

    // ---- encode

    private static void encode(Path file, int level) throws IOException {
        EmbeddedChannel channel = new EmbeddedChannel(codec(level));
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (Object frame : frames()) {
            System.out.println(show(frame));
            channel.writeOutbound(frame);
            bytes.writeBytes(outbound(channel));
        }
        Files.write(file, bytes.toByteArray());
    }

    private static List<Object> frames() {
        List<Object> frames = new ArrayList<>();
        frames.add(new DefaultSpdySettingsFrame().setClearPreviouslyPersistedSettings(true)
            .setValue(4, 100).setValue(7, 65536, true, false).setValue(3, 20, false, true).setValue(0xABCDEF, -1));

        String[] request = {":method", "GET", ":path", "/", ":version", "HTTP/1.1", ":host", "example.com",
            ":scheme", "https", "accept-encoding", "gzip, deflate", "x-empty", ""};
        frames.add(headers(new DefaultSpdySynStreamFrame(1, 0, (byte) 0), request).setLast(true));
        frames.add(headers(new DefaultSpdySynStreamFrame(3, 0, (byte) 7), request));
        String[] push = {":scheme", "https", ":host", "example.com", ":path", "/style.css", ":status", "200 OK",
            ":version", "HTTP/1.1"};
        SpdySynStreamFrame pushed = new DefaultSpdySynStreamFrame(2, 1, (byte) 3).setUnidirectional(true);
        frames.add(headers(pushed, push));
        frames.add(new DefaultSpdySynStreamFrame(0x7FFFFFFF, 0x7FFFFFFE, (byte) 4).setUnidirectional(true)
            .setLast(true));

        frames.add(headers(new DefaultSpdySynReplyFrame(1), ":status", "200 OK", ":version", "HTTP/1.1",
            "set-cookie", "a=1", "set-cookie", "b=2; path=/", "set-cookie", "c=3"));
        frames.add(new DefaultSpdySynReplyFrame(3).setLast(true));
        frames.add(headers(new DefaultSpdyHeadersFrame(1), "x-trailer", "end"));
        frames.add(new DefaultSpdyHeadersFrame(1).setLast(true));
        // A list that takes more than one deflate block of a small window, and once more from the context.
        String[] many = new String[80];
        for (int i = 0; i < many.length; i += 2) {
            many[i] = "x-name-" + i;
            many[i + 1] = "value " + Integer.toHexString(i * 0x9E3779B1) + "é";
        }
        frames.add(headers(new DefaultSpdyHeadersFrame(3), many));
        frames.add(headers(new DefaultSpdyHeadersFrame(3), many));

        frames.add(new DefaultSpdyDataFrame(1, Unpooled.copiedBuffer("some data", StandardCharsets.US_ASCII)));
        frames.add(new DefaultSpdyDataFrame(1).setLast(true));
        for (int status = 1; status <= 11; status++) {
            frames.add(new DefaultSpdyRstStreamFrame(2 * status + 1, status));
        }
        frames.add(new DefaultSpdyPingFrame(1));
        frames.add(new DefaultSpdyPingFrame(-2));
        frames.add(new DefaultSpdyWindowUpdateFrame(0, 1));
        frames.add(new DefaultSpdyWindowUpdateFrame(1, 0x7FFFFFFF));
        for (int status = 0; status <= 2; status++) {
            frames.add(new DefaultSpdyGoAwayFrame(status, status));
        }
        return frames;
    }

    private static <F extends SpdyHeadersFrame> F headers(F frame, String... pairs) {
        for (int i = 0; i < pairs.length; i += 2) {
            frame.headers().add(pairs[i], pairs[i + 1]);
        }
        return frame;
    }

    // ---- react

    private static void react(boolean isServer) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        Reaction session = new Reaction(isServer);
        for (String line; (line = lines.readLine()) != null; ) {
            if (line.isEmpty()) {
                System.out.println();
                session = new Reaction(isServer);
            } else {
                session.step(line.split(" "));
            }
        }
    }

    private static final class Reaction {
        private final EmbeddedChannel channel;
        /** Reads what the session sends. */
        private final EmbeddedChannel reader = new EmbeddedChannel(codec(6));
        private int step;

        Reaction(boolean isServer) {
            channel = new EmbeddedChannel(codec(6), new SpdySessionHandler(SpdyVersion.SPDY_3_1, isServer));
        }

        void step(String[] words) {
            if (channel.isOpen()) {
                perform(words, Arrays.asList(words).subList(1, words.length));
                channel.runPendingTasks();
                inbound(channel).forEach(frame -> print("in", frame));
                feed(reader, outbound(channel));
                inbound(reader).forEach(frame -> print("out", frame));
                if (!channel.isOpen()) {
                    print("closed", "true");
                }
            }
            step++;
        }

        private void print(String key, String value) {
            System.out.println("{\"step\":" + step + ",\"" + key + "\":" + value + "}");
        }

        private void perform(String[] words, List<String> arguments) {
            boolean fin = arguments.contains("fin");
            int id = words.length > 1 && !words[0].equals("input") ? Integer.parseInt(words[1]) : 0;
            switch (words[0]) {
                case "input":
                    feed(channel, ByteBufUtil.decodeHexDump(words[1]));
                    break;
                case "open":
                    channel.writeOutbound(headers(new DefaultSpdySynStreamFrame(id, 0, (byte) 0), "opened", "here")
                        .setLast(fin).setUnidirectional(arguments.contains("uni")));
                    break;
                case "reply":
                    channel.writeOutbound(headers(new DefaultSpdySynReplyFrame(id), "replied", "here").setLast(fin));
                    break;
                case "headers":
                    channel.writeOutbound(headers(new DefaultSpdyHeadersFrame(id), "more", "here").setLast(fin));
                    break;
                case "data":
                    ByteBuf zeros = Unpooled.buffer().writeZero(Integer.parseInt(words[2]));
                    channel.writeOutbound(new DefaultSpdyDataFrame(id, zeros).setLast(fin));
                    break;
                case "reset":
                    channel.writeOutbound(new DefaultSpdyRstStreamFrame(id, Integer.parseInt(words[2])));
                    break;
                case "settings":
                    channel.writeOutbound(new DefaultSpdySettingsFrame().setValue(id, Integer.parseInt(words[2])));
                    break;
                case "ping":
                    channel.writeOutbound(new DefaultSpdyPingFrame(id));
                    break;
                case "goaway":
                    // The session handler sends GOAWAY itself, and closes when the last stream has ended.
                    channel.close();
                    break;
                default:
                    throw new IllegalArgumentException(words[0]);
            }
        }
    }
}
