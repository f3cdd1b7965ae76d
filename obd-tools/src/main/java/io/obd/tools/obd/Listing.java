package io.obd.tools.obd;

import com.fasterxml.jackson.core.JsonGenerator;
import io.obd.fs.FileData;
import io.obd.fs.FileInfo;
import io.obd.fs.FileSystemReader;
import io.obd.fs.FileType;
import io.obd.fs.tar.ByteString;
import io.obd.registry.Digest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;

/** Files as lines, as {@code ls -l} writes them, and as JSON. */
final class Listing {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT).withZone(ZoneOffset.UTC);
    private static final int SETUID = 04000;
    private static final int SETGID = 02000;
    private static final int STICKY = 01000;
    private static final int CHUNK = 1 << 20;

    private final FileSystemReader files;
    private final boolean sha256;

    /** @param sha256 whether to read regular files for their digest, in JSON */
    Listing(FileSystemReader files, boolean sha256) {
        this.files = files;
        this.sha256 = sha256;
    }

    /** The word for a type. */
    static String name(FileType type) {
        return switch (type) {
            case REGULAR -> "file";
            case DIRECTORY -> "directory";
            case SYMLINK -> "symlink";
            case CHARACTER_DEVICE -> "character device";
            case BLOCK_DEVICE -> "block device";
            case FIFO -> "fifo";
            case SOCKET -> "socket";
        };
    }

    String line(ByteString name, FileInfo file) throws IOException {
        String size = isDevice(file) ? file.major() + ", " + file.minor() : Long.toString(file.size());
        String target = file.type() == FileType.SYMLINK ? " -> " + files.readLink(file) : "";
        return String.format(
                "%s %3d %5d %5d %12s %s %s%s",
                mode(file), file.links(), file.uid(), file.gid(), size, TIME.format(file.modified()), name, target);
    }

    private static boolean isDevice(FileInfo file) {
        return file.type() == FileType.CHARACTER_DEVICE || file.type() == FileType.BLOCK_DEVICE;
    }

    private static String mode(FileInfo file) {
        int bits = file.permissions();
        char type =
                switch (file.type()) {
                    case REGULAR -> '-';
                    case DIRECTORY -> 'd';
                    case SYMLINK -> 'l';
                    case CHARACTER_DEVICE -> 'c';
                    case BLOCK_DEVICE -> 'b';
                    case FIFO -> 'p';
                    case SOCKET -> 's';
                };
        return type
                + triple(bits >>> 6, (bits & SETUID) != 0, 's')
                + triple(bits >>> 3, (bits & SETGID) != 0, 's')
                + triple(bits, (bits & STICKY) != 0, 't');
    }

    /** Three permissions; a special bit shows in the place of the last, in upper case where that is not set. */
    private static String triple(int bits, boolean special, char letter) {
        boolean execute = (bits & 1) != 0;
        char last = special ? (execute ? letter : Character.toUpperCase(letter)) : execute ? 'x' : '-';
        return ((bits & 4) == 0 ? "-" : "r") + ((bits & 2) == 0 ? "-" : "w") + last;
    }

    void write(JsonGenerator json, ByteString path, FileInfo file) throws IOException {
        json.writeStartObject();
        Json.text(json, "path", path);
        json.writeStringField("type", name(file.type()));
        json.writeStringField("mode", String.format("%04o", file.permissions()));
        json.writeNumberField("uid", file.uid());
        json.writeNumberField("gid", file.gid());
        json.writeNumberField("size", file.size());
        json.writeStringField("modified", file.modified().toString());
        json.writeNumberField("inode", Integer.toUnsignedLong(file.inode()));
        json.writeNumberField("links", file.links());
        if (file.type() == FileType.SYMLINK) {
            Json.text(json, "target", files.readLink(file));
        }
        if (isDevice(file)) {
            json.writeNumberField("major", file.major());
            json.writeNumberField("minor", file.minor());
        }
        writeAttributes(json, files.attributes(file));
        if (sha256 && file.type() == FileType.REGULAR) {
            json.writeStringField("sha256", digest(files.data(file)));
        }
        json.writeEndObject();
    }

    private static void writeAttributes(JsonGenerator json, SortedMap<ByteString, ByteString> attributes)
            throws IOException {
        if (attributes.isEmpty()) {
            return;
        }
        json.writeObjectFieldStart("xattrsHex");
        for (Map.Entry<ByteString, ByteString> attribute : attributes.entrySet()) {
            json.writeStringField(
                    attribute.getKey().toString(),
                    HexFormat.of().formatHex(attribute.getValue().toBytes()));
        }
        json.writeEndObject();
    }

    private static String digest(FileData data) throws IOException {
        MessageDigest hasher = Digest.sha256Hasher();
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, Math.max(data.size(), 1)));
        for (long at = 0; at < data.size(); at += chunk.limit()) {
            data.read(at, chunk.clear());
            hasher.update(chunk.flip());
        }
        return HexFormat.of().formatHex(hasher.digest());
    }
}
