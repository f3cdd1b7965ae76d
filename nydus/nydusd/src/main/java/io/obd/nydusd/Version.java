package io.obd.nydusd;

/** What the programs say that they are. */
final class Version {
    static final String TEXT = "v0.1.0-obd";

    private Version() {}
}
