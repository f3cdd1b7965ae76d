package io.obd.registry;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.io.InputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The digest of a blob or document, written {@code algorithm:hex}. The algorithms of the OCI image specification are
 * known: {@code sha256} and {@code sha512}.
 *
 * @param algorithm {@code sha256} or {@code sha512}
 * @param hex lower-case hexadecimal digits, 64 or 128 of them
 */
public record Digest(String algorithm, String hex) implements Comparable<Digest> {
    private static final int BUFFER = 128 * 1024;
    private static final Pattern LOWER_HEX = Pattern.compile("[0-9a-f]+");

    /**
     * @throws IllegalArgumentException if the algorithm is not known or the digits do not fit it
     */
    public Digest {
        int digits =
                switch (algorithm) {
                    case "sha256" -> 64;
                    case "sha512" -> 128;
                    default ->
                        throw new IllegalArgumentException(
                                "digest algorithm " + abbreviate(algorithm) + " is not known (sha256 and sha512 are)");
                };
        if (hex.length() != digits || !LOWER_HEX.matcher(hex).matches()) {
            throw new IllegalArgumentException("a " + algorithm + " digest has " + digits
                    + " lower-case hexadecimal digits, not: " + abbreviate(hex));
        }
    }

    /**
     * Reads {@code algorithm:hex}.
     *
     * @throws IllegalArgumentException if the text is not a digest of a known algorithm
     */
    @JsonCreator
    public static Digest parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 0) {
            throw new IllegalArgumentException("not a digest (algorithm:hex): " + abbreviate(text));
        }
        return new Digest(text.substring(0, colon), text.substring(colon + 1));
    }

    /** The SHA-256 digest of these bytes. */
    public static Digest sha256(byte[] bytes) {
        return ofHash("sha256", sha256Hasher().digest(bytes));
    }

    /** The SHA-256 digest of a stream, which is read to its end. */
    public static Digest sha256(InputStream in) throws IOException {
        MessageDigest hasher = sha256Hasher();
        byte[] buffer = new byte[BUFFER];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            hasher.update(buffer, 0, n);
        }
        return ofHash("sha256", hasher.digest());
    }

    /** A new hasher for SHA-256. */
    public static MessageDigest sha256Hasher() {
        return hasher("sha256");
    }

    /** The digest that a finished hash of the algorithm amounts to. */
    public static Digest ofHash(String algorithm, byte[] hash) {
        return new Digest(algorithm, HexFormat.of().formatHex(hash));
    }

    /** A new hasher of this digest's algorithm. */
    public MessageDigest hasher() {
        return hasher(algorithm);
    }

    /** The digest of these bytes by this digest's algorithm. */
    public Digest sameKindOf(byte[] bytes) {
        return ofHash(algorithm, hasher().digest(bytes));
    }

    private static MessageDigest hasher(String algorithm) {
        try {
            return MessageDigest.getInstance(algorithm.equals("sha512") ? "SHA-512" : "SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("this Java runtime lacks " + algorithm, e);
        }
    }

    private static String abbreviate(String text) {
        return text.length() <= 140 ? text : text.substring(0, 140) + "…";
    }

    @Override
    public int compareTo(Digest other) {
        return toString().compareTo(other.toString());
    }

    /** {@code algorithm:hex} */
    @JsonValue
    @Override
    public String toString() {
        return algorithm + ":" + hex;
    }
}
