package io.obd.nydusify;

/** What the command says that it is, also in the images that it makes. */
final class Version {
    static final String TEXT = "v0.1.0-obd";

    private Version() {}
}
