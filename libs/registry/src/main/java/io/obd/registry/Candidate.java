package io.obd.registry;

/** One of several that can do the same. */
interface Candidate {

    /** Whether it failed a short while ago, so that others are better asked first. */
    boolean isAvoided();

    /** It could not do what it was asked for. */
    void failed(RegistryException failure);
}
