package io.obd.registry;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Certificates and private keys in PEM files. */
final class PemFile {
    private static final Pattern BLOCK = Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
    private static final int INTEGER = 0x02;
    private static final int OCTET_STRING = 0x04;
    private static final int SEQUENCE = 0x30;
    private static final int EC_PARAMETERS = 0xa0;

    /** AlgorithmIdentifier of RSA keys: OID 1.2.840.113549.1.1.1 with NULL parameters. */
    private static final byte[] RSA_ALGORITHM = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00
    };

    /** OID 1.2.840.10045.2.1 of EC keys; the parameters that follow name the curve. */
    private static final byte[] EC_OID = {0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01};

    private final Path path;
    private final List<Block> blocks = new ArrayList<>();

    private record Block(String label, String body) {}

    private PemFile(Path path, String text) {
        this.path = path;
        Matcher m = BLOCK.matcher(text);
        while (m.find()) {
            blocks.add(new Block(m.group(1), m.group(2)));
        }
    }

    static PemFile read(Path path) throws IOException {
        return new PemFile(path, Files.readString(path, StandardCharsets.ISO_8859_1));
    }

    /**
     * @throws IOException if there is none, or one cannot be read
     */
    List<Certificate> certificates() throws IOException {
        List<Certificate> certificates = new ArrayList<>();
        try {
            CertificateFactory factory = CertificateFactory.getInstance("X.509");
            for (Block block : blocks) {
                if (block.label().equals("CERTIFICATE") || block.label().equals("TRUSTED CERTIFICATE")) {
                    certificates.add(factory.generateCertificate(new ByteArrayInputStream(decode(block))));
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IOException(path + ": certificate " + (certificates.size() + 1) + " cannot be read", e);
        }
        if (certificates.isEmpty()) {
            throw new IOException(path + ": no certificate in it (PEM is expected)");
        }
        return certificates;
    }

    /**
     * @throws IOException if there is none, or it is encrypted or of a kind that is not known
     */
    PrivateKey privateKey() throws IOException {
        for (Block block : blocks) {
            if (block.label().endsWith("PRIVATE KEY")) {
                if (block.label().startsWith("ENCRYPTED") || block.body().contains("ENCRYPTED")) {
                    throw new IOException(path + ": the private key is encrypted, which is not supported");
                }
                return privateKey(block);
            }
        }
        throw new IOException(path + ": no private key in it (PEM is expected)");
    }

    private PrivateKey privateKey(Block block) throws IOException {
        byte[] der = decode(block);
        return switch (block.label()) {
            case "PRIVATE KEY" -> pkcs8(der);
            case "RSA PRIVATE KEY" -> generate("RSA", wrap(RSA_ALGORITHM, der));
            case "EC PRIVATE KEY" -> generate("EC", wrap(tagged(SEQUENCE, concat(EC_OID, curve(der))), der));
            default -> throw new IOException(path + ": a key of kind " + block.label() + " is not supported");
        };
    }

    private PrivateKey pkcs8(byte[] der) throws IOException {
        GeneralSecurityException last = null;
        for (String algorithm : List.of("RSA", "EC", "EdDSA")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
            } catch (GeneralSecurityException e) {
                last = e;
            }
        }
        throw new IOException(path + ": the private key is no RSA, EC or EdDSA key", last);
    }

    private PrivateKey generate(String algorithm, byte[] pkcs8) throws IOException {
        try {
            return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
        } catch (GeneralSecurityException e) {
            throw new IOException(path + ": the " + algorithm + " private key cannot be read", e);
        }
    }

    private byte[] decode(Block block) throws IOException {
        try {
            return Base64.getMimeDecoder().decode(block.body());
        } catch (IllegalArgumentException e) {
            throw new IOException(path + ": the block " + block.label() + " is no base64", e);
        }
    }

    /** PrivateKeyInfo of PKCS #8 around a key in its own form. */
    private static byte[] wrap(byte[] algorithm, byte[] key) {
        byte[] version = {INTEGER, 1, 0};
        return tagged(SEQUENCE, concat(version, algorithm, tagged(OCTET_STRING, key)));
    }

    /** The content of {@code [0] parameters} in an ECPrivateKey. */
    private byte[] curve(byte[] ecPrivateKey) throws IOException {
        Der outer = new Der(ecPrivateKey, 0);
        for (int at = outer.content(); at < outer.end(); ) {
            Der field = new Der(ecPrivateKey, at);
            if (field.tag() == EC_PARAMETERS) {
                byte[] content = new byte[field.end() - field.content()];
                System.arraycopy(ecPrivateKey, field.content(), content, 0, content.length);
                return content;
            }
            at = field.end();
        }
        throw new IOException(path + ": the EC private key does not name its curve");
    }

    private static byte[] tagged(int tag, byte[] content) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        if (content.length < 0x80) {
            out.write(content.length);
        } else if (content.length < 0x100) {
            out.write(0x81);
            out.write(content.length);
        } else {
            out.write(0x82);
            out.write(content.length >> 8);
            out.write(content.length);
        }
        out.writeBytes(content);
        return out.toByteArray();
    }

    private static byte[] concat(byte[]... parts) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            out.writeBytes(part);
        }
        return out.toByteArray();
    }

    /** Tag and extent of the DER element at a position. */
    private final class Der {
        private final int tag;
        private final int content;
        private final int end;

        Der(byte[] der, int at) throws IOException {
            if (at + 2 > der.length) {
                throw new IOException(path + ": the EC private key ends early");
            }
            tag = der[at] & 0xff;
            int length = der[at + 1] & 0xff;
            int start = at + 2;
            if (length > 0x82 || length == 0x80) {
                throw new IOException(path + ": the EC private key is malformed");
            }
            if (length > 0x80) {
                int bytes = length - 0x80;
                length = 0;
                if (start + bytes > der.length) {
                    throw new IOException(path + ": the EC private key ends early");
                }
                for (int i = 0; i < bytes; i++) {
                    length = (length << 8) | (der[start++] & 0xff);
                }
            }
            content = start;
            end = start + length;
            if (end > der.length) {
                throw new IOException(path + ": the EC private key ends early");
            }
        }

        int tag() {
            return tag;
        }

        int content() {
            return content;
        }

        int end() {
            return end;
        }
    }
}
