package io.obd.snapshots;

import java.util.Locale;

/** What a snapshot is at the moment. */
public enum Kind {
    /** Read-only, never committed. */
    VIEW,
    /** Can be written. */
    ACTIVE,
    /** Immutable; can be a parent. */
    COMMITTED;

    /** The word that filters and the metadata store use. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static Kind of(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
