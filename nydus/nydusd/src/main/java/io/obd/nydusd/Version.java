package io.obd.nydusd;

/** What the programs say that they are. */
public final class Version {
    /** The original prints its own in this form. */
    public static final String TEXT = "v0.1.0-obd";

    private Version() {}
}
