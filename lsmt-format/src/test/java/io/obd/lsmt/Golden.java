package io.obd.lsmt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.obd.block.BlockStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The files that the original tools made, and what their manifest says of them. */
final class Golden {
    static final Path ROOT = Path.of("src/test/resources/golden");

    private static final int CHUNK = 64 << 10;
    private static final ByteBuffer ZEROS = ByteBuffer.allocateDirect(CHUNK).asReadOnlyBuffer();

    /** Hashing a whole disk takes a second, and most cases hold one of a few disks: each is hashed once. */
    private final Map<String, String> hashes = new HashMap<>();

    static Path file(String name) {
        return ROOT.resolve(name);
    }

    static JsonNode named(String name) {
        return cases().filter(c -> c.get("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    static Stream<JsonNode> cases() {
        try {
            JsonNode manifest =
                    new ObjectMapper().readTree(file("manifest-blocks.json").toFile());
            return StreamSupport.stream(manifest.get("cases").spliterator(), false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Copies a golden file to where it can be written. */
    static Path copy(String name, Path directory) throws IOException {
        Path copy = directory.resolve(name.replace('/', '-'));
        Files.copy(file(name), copy);
        return copy;
    }

    /** SHA-256 of a whole disk. */
    String hash(BlockStore disk) throws IOException {
        MessageDigest parts = sha256();
        forEachChunk(disk, (offset, chunk) -> {
            if (chunk.mismatch(ZEROS.duplicate()) != -1) {
                parts.update(Long.toString(offset).getBytes(StandardCharsets.US_ASCII));
                parts.update(chunk);
            }
        });
        String key = disk.size() + ":" + HexFormat.of().formatHex(parts.digest());
        String known = hashes.get(key);
        if (known == null) {
            MessageDigest whole = sha256();
            forEachChunk(disk, (offset, chunk) -> whole.update(chunk));
            known = HexFormat.of().formatHex(whole.digest());
            hashes.put(key, known);
        }
        return known;
    }

    private static void forEachChunk(BlockStore disk, ChunkVisitor visitor) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        for (long offset = 0; offset < disk.size(); offset += CHUNK) {
            disk.read(offset, chunk.clear());
            visitor.visit(offset, chunk.flip());
        }
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private interface ChunkVisitor {
        void visit(long offset, ByteBuffer chunk);
    }
}
