package io.obd.nydussnapshotter;

/** What the program says that it is. */
final class Version {
    static final String TEXT = "v0.1.0-obd";

    private Version() {}
}
