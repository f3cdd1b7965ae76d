package io.obd.snapshots;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Lists of snapshots as they go over the wire. containerd asks for all snapshots again and again, and few of them have
 * changed since: each is encoded once, for all lists, and kept until a list of all is without it.
 */
final class EncodedLists {
    /** @param encoded an {@link InfoMessage} */
    @SuppressWarnings("ArrayRecordComponent") // entries are not compared
    private record Entry(Snapshot snapshot, byte[] encoded) {}

    private final Map<Long, Entry> known = new ConcurrentHashMap<>();

    /** Begins a list. */
    Walk walk() {
        return new Walk();
    }

    private byte[] encoded(Snapshot snapshot) {
        Entry entry = known.get(snapshot.id());
        if (entry == null || !entry.snapshot().equals(snapshot)) {
            entry = new Entry(snapshot, InfoMessage.encode(snapshot));
            known.put(snapshot.id(), entry);
        }
        return entry.encoded();
    }

    /** One list. */
    final class Walk {
        private final Set<Long> seen = new HashSet<>();

        private Walk() {}

        /** The encoded message with these snapshots. */
        byte[] page(List<Snapshot> snapshots) {
            List<byte[]> parts = snapshots.stream().map(this::part).toList();
            byte[] page = new byte[parts.stream().mapToInt(part -> part.length).sum()];
            int end = 0;
            for (byte[] part : parts) {
                System.arraycopy(part, 0, page, end, part.length);
                end += part.length;
            }
            return page;
        }

        private byte[] part(Snapshot snapshot) {
            seen.add(snapshot.id());
            return encoded(snapshot);
        }

        /** All snapshots were among the pages. */
        void hadAll() {
            known.keySet().retainAll(seen);
        }
    }
}
