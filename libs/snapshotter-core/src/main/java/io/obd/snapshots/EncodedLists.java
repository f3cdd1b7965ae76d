package io.obd.snapshots;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Lists of snapshots as they go over the wire. containerd asks for all snapshots again and again, and few of them have
 * changed since: each is encoded once and kept until a list of all is without it.
 */
final class EncodedLists {
    /** @param encoded an {@link InfoMessage} */
    @SuppressWarnings("ArrayRecordComponent") // entries are not compared
    private record Entry(Snapshot snapshot, byte[] encoded) {}

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
            List<byte[]> parts = snapshots.stream().map(this::encoded).toList();
            byte[] page = new byte[parts.stream().mapToInt(part -> part.length).sum()];
            int end = 0;
            for (byte[] part : parts) {
                System.arraycopy(part, 0, page, end, part.length);
                end += part.length;
            }
            return page;
        }

        private byte[] encoded(Snapshot snapshot) {
            Entry entry = before.get(snapshot.id());
            if (entry == null || !entry.snapshot().equals(snapshot)) {
                entry = new Entry(snapshot, InfoMessage.encode(snapshot));
            }
            seen.put(snapshot.id(), entry);
            return entry.encoded();
        }

        /** All snapshots were among the pages. */
        void hadAll() {
            known = seen;
        }
    }
}
