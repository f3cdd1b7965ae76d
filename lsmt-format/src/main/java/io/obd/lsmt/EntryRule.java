package io.obd.lsmt;

/** What entries of an index may map to, and which tags they get in memory. */
interface EntryRule {

    /** Whether what the entry maps to is there. */
    boolean isValid(long range, long mapping);

    /** The mapping as it is in memory. */
    long normalised(long mapping);
}
