package io.obd.rafs;

/** The two forms of a bootstrap. */
public enum RafsVersion {
    /** RAFS's own form. */
    V5,
    /** An EROFS file system with extensions. */
    V6;

    /** The number users know. */
    public int number() {
        return this == V5 ? 5 : 6;
    }
}
