package io.obd.snapshots;

import com.google.protobuf.ByteString;
import io.grpc.MethodDescriptor;
import io.obd.containerd.snapshots.v1.ListSnapshotsResponse;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lists of snapshots as they go over the wire. containerd asks for all snapshots again and again, and few of them have
 * changed since: each is encoded once and kept until a list of all is without it.
 */
final class EncodedLists {
    /** @param encoded a {@link ListSnapshotsResponse} with this snapshot alone: such messages one after another are one message */
    private record Entry(Snapshot snapshot, ByteString encoded) {}

    private volatile Map<Long, Entry> known = Map.of();

    /** Begins a list. */
    Walk walk() {
        return new Walk(known);
    }

    /** One list. */
    final class Walk {
        private final Map<Long, Entry> before;
        private final Map<Long, Entry> seen = new HashMap<>();

        private Walk(Map<Long, Entry> before) {
            this.before = before;
        }

        /** The encoded message with these snapshots. */
        byte[] page(List<Snapshot> snapshots) {
            List<ByteString> parts = snapshots.stream().map(this::encoded).toList();
            byte[] page = new byte[parts.stream().mapToInt(ByteString::size).sum()];
            int end = 0;
            for (ByteString part : parts) {
                part.copyTo(page, end);
                end += part.size();
            }
            return page;
        }

        private ByteString encoded(Snapshot snapshot) {
            Entry entry = before.get(snapshot.id());
            if (entry == null || !entry.snapshot().equals(snapshot)) {
                entry = new Entry(snapshot, encode(snapshot));
            }
            seen.put(snapshot.id(), entry);
            return entry.encoded();
        }

        /** All snapshots were among the pages. */
        void hadAll() {
            known = seen;
        }
    }

    private static ByteString encode(Snapshot snapshot) {
        return ListSnapshotsResponse.newBuilder()
                .addInfo(InfoMessage.of(snapshot))
                .build()
                .toByteString();
    }

    /** Sends what is encoded already. */
    static final class Marshaller implements MethodDescriptor.Marshaller<byte[]> {
        @Override
        public InputStream stream(byte[] message) {
            return new ByteArrayInputStream(message);
        }

        @Override
        public byte[] parse(InputStream message) {
            try {
                return message.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
