package io.obd.nydusimage;

/** What the command says that it is. */
final class Version {
    static final String TEXT = "v0.1.0-obd";

    private Version() {}
}
