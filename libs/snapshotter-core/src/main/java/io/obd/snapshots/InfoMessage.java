package io.obd.snapshots;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Timestamp;
import com.google.protobuf.WireFormat;
import io.obd.containerd.snapshots.v1.Info;
import io.obd.containerd.snapshots.v1.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;

/**
 * A snapshot as it goes over the wire: an {@link Info} as the first field of a message. That is the answer to Stat and to
 * Update, and a list of one; such lists one after another are one list. It is written without the generated classes, which
 * take several times as long for a map.
 */
final class InfoMessage {
    /** The field of the messages that holds an Info. */
    private static final int INFO = 1;

    private static final int KEY = 1;
    private static final int VALUE = 2;
    private static final int ROOM = 1024;

    private InfoMessage() {}

    static byte[] encode(Snapshot snapshot) {
        try {
            byte[] info = info(snapshot);
            byte[] message = new byte[CodedOutputStream.computeByteArraySize(INFO, info)];
            CodedOutputStream out = CodedOutputStream.newInstance(message);
            out.writeByteArray(INFO, info);
            out.checkNoSpaceLeft();
            return message;
        } catch (IOException e) {
            throw new UncheckedIOException(e); // memory has none
        }
    }

    private static byte[] info(Snapshot snapshot) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(ROOM);
        CodedOutputStream out = CodedOutputStream.newInstance(bytes, ROOM);
        out.writeByteArray(Info.NAME_FIELD_NUMBER, utf8(snapshot.name()));
        if (snapshot.hasParent()) {
            out.writeByteArray(Info.PARENT_FIELD_NUMBER, utf8(snapshot.parent()));
        }
        out.writeEnum(Info.KIND_FIELD_NUMBER, kind(snapshot).getNumber());
        out.writeMessage(Info.CREATED_AT_FIELD_NUMBER, timestamp(snapshot.created()));
        out.writeMessage(Info.UPDATED_AT_FIELD_NUMBER, timestamp(snapshot.updated()));
        for (Map.Entry<String, String> label : snapshot.labels().entrySet()) {
            byte[] key = utf8(label.getKey());
            byte[] value = utf8(label.getValue());
            out.writeTag(Info.LABELS_FIELD_NUMBER, WireFormat.WIRETYPE_LENGTH_DELIMITED);
            out.writeUInt32NoTag(CodedOutputStream.computeByteArraySize(KEY, key)
                    + CodedOutputStream.computeByteArraySize(VALUE, value));
            out.writeByteArray(KEY, key);
            out.writeByteArray(VALUE, value);
        }
        out.flush();
        return bytes.toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Kind kind(Snapshot snapshot) {
        return switch (snapshot.kind()) {
            case VIEW -> Kind.VIEW;
            case ACTIVE -> Kind.ACTIVE;
            case COMMITTED -> Kind.COMMITTED;
        };
    }

    private static Timestamp timestamp(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }
}
