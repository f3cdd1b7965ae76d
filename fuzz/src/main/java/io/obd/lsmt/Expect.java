package io.obd.lsmt;

/** What must hold whatever the input is. */
final class Expect {
    private Expect() {}

    /** Makes a finding of the input unless {@code holds}. */
    static void that(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
