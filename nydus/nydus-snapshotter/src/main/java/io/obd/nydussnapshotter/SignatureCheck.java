package io.obd.nydussnapshotter;

import io.obd.snapshots.SnapshotException;
import io.obd.snapshots.SnapshotException.Code;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks at the signature of an image's bootstrap: RSA (PKCS #1 v1.5) over its SHA-256, in base64, in the label
 * {@link Labels#SIGNATURE}.
 */
final class SignatureCheck {
    private static final Pattern PEM =
            Pattern.compile("-----BEGIN (RSA PUBLIC KEY|PUBLIC KEY)-----([A-Za-z0-9+/=\\s]+)-----END \\1-----");
    private static final int SIZE_LIMIT = 1 << 16;
    private static final int PART = 1 << 16;

    /** DER of the algorithm identifier rsaEncryption, which a key of PKCS #1 is without. */
    private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

    private static final byte SEQUENCE = 0x30;
    private static final byte BIT_STRING = 0x03;

    private final PublicKey key;

    private SignatureCheck(PublicKey key) {
        this.key = key;
    }

    /**
     * Reads the key, in PEM.
     *
     * @throws IOException naming the file, if it is no RSA key
     */
    static SignatureCheck with(Path file) throws IOException {
        if (Files.size(file) > SIZE_LIMIT) {
            throw new IOException(file + ": larger than " + SIZE_LIMIT + " bytes: not a public key");
        }
        Matcher pem = PEM.matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        if (!pem.find()) {
            throw new IOException(file + ": no public key in PEM (BEGIN RSA PUBLIC KEY or BEGIN PUBLIC KEY)");
        }
        try {
            byte[] der = Base64.getMimeDecoder().decode(pem.group(2));
            byte[] info = pem.group(1).startsWith("RSA") ? subjectPublicKeyInfo(der) : der;
            return new SignatureCheck(KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(info)));
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw new IOException(file + ": no RSA public key: " + e.getMessage(), e);
        }
    }

    /** What Java reads: {@code SEQUENCE { algorithm, BIT STRING { key } }}. */
    private static byte[] subjectPublicKeyInfo(byte[] key) {
        byte[] bits = element(BIT_STRING, new byte[] {0}, key);
        return element(SEQUENCE, RSA, bits);
    }

    private static byte[] element(byte tag, byte[] first, byte[] second) {
        int length = first.length + second.length;
        return ByteBuffer.allocate(4 + length)
                .put(tag)
                .put((byte) 0x82) // the length follows in two bytes
                .putShort((short) length)
                .put(first)
                .put(second)
                .array();
    }

    /**
     * Checks an image.
     *
     * @throws SnapshotException failed precondition, if it has no signature or that of something else
     */
    void check(RafsInstance instance) throws IOException {
        String label = instance.labels().getOrDefault(Labels.SIGNATURE, "");
        if (label.isEmpty()) {
            throw refused(instance, "it has no signature (annotation " + Labels.SIGNATURE + " of its bootstrap layer)");
        }
        try {
            Signature signature = Signature.getInstance("SHA256withRSA");
            signature.initVerify(key);
            try (InputStream in = Files.newInputStream(instance.bootstrap().path())) {
                byte[] part = new byte[PART];
                for (int length = in.read(part); length >= 0; length = in.read(part)) {
                    signature.update(part, 0, length);
                }
            }
            if (!signature.verify(Base64.getDecoder().decode(label))) {
                throw refused(
                        instance, "its signature is not that of its bootstrap by the key of image.public_key_file");
            }
        } catch (GeneralSecurityException | IllegalArgumentException e) {
            throw refused(instance, "its signature cannot be read: " + e.getMessage());
        }
    }

    /** The layer may be shared by images: it has the labels of that whose pull brought it. */
    private static SnapshotException refused(RafsInstance instance, String reason) {
        return new SnapshotException(
                Code.FAILED_PRECONDITION,
                instance.image() + " is not mounted, as image.validate_signature wants it: " + reason
                        + "; the layer was pulled as " + instance.image()
                        + ": if it is another image's too, and that one is wanted, remove " + instance.image()
                        + " and pull again");
    }
}
