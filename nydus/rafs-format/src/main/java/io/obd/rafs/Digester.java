package io.obd.rafs;

import io.obd.fs.tar.ByteString;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.commons.codec.digest.Blake3;
import org.jspecify.annotations.Nullable;

/** The hash of an image's chunks. All of them have {@value #LENGTH} bytes. */
public enum Digester {
    BLAKE3(0, 0x4, "blake3") {
        @Override
        public ByteString digest(ByteBuffer data) {
            if (data.remaining() >= MANY_LANES) {
                return Blake3Lanes.hash(List.of(data)).getFirst();
            }
            byte[] all = new byte[data.remaining()];
            data.get(all);
            return ByteString.copyOf(Blake3.hash(all));
        }

        @Override
        public List<ByteString> digests(List<ByteBuffer> contents) {
            return Blake3Lanes.hash(contents);
        }
    },
    SHA256(1, 0x8, "sha256") {
        @Override
        public ByteString digest(ByteBuffer data) {
            MessageDigest hash = sha256();
            hash.update(data);
            return ByteString.copyOf(hash.digest());
        }
    };

    /** Bytes of a digest. */
    public static final int LENGTH = 32;

    /** Bytes from which on one content by itself is worth the lanes. */
    private static final int MANY_LANES = 8 << 10;

    private final int number;
    private final long flag;
    private final String text;

    Digester(int number, long flag, String text) {
        this.number = number;
        this.flag = flag;
        this.text = text;
    }

    /** The digest of what remains in {@code data}, whose position moves to its limit. */
    public abstract ByteString digest(ByteBuffer data);

    /** The digests of what remains in each of {@code contents}; faster than one after the other. */
    public List<ByteString> digests(List<ByteBuffer> contents) {
        return contents.stream().map(this::digest).toList();
    }

    /** The digest of the digests of parts, put one behind the other. */
    final ByteString digest(Iterable<ByteString> parts) {
        byte[] all = new byte[0];
        int length = 0;
        for (ByteString part : parts) {
            if (length + part.length() > all.length) {
                all = Arrays.copyOf(all, Math.max(2 * all.length, length + part.length()));
            }
            System.arraycopy(part.toBytes(), 0, all, length, part.length());
            length += part.length();
        }
        return digest(ByteBuffer.wrap(all, 0, length));
    }

    /** Its number in the tables of a bootstrap. */
    public int number() {
        return number;
    }

    /** Its bit in the flags of the super block. */
    long flag() {
        return flag;
    }

    /** The digester of that number, or null. */
    static @Nullable Digester ofNumber(int number) {
        for (Digester digester : values()) {
            if (digester.number == number) {
                return digester;
            }
        }
        return null;
    }

    /** The name that options and listings have for it. */
    @Override
    public String toString() {
        return text;
    }

    private static MessageDigest sha256() {
        try {
            return Objects.requireNonNull(MessageDigest.getInstance("SHA-256"));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
