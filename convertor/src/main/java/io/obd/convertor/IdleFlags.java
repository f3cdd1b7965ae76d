package io.obd.convertor;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.ParseResult;

/**
 * Flags that mean nothing beside the others that were given. The original takes those it has without a word, and its users'
 * scripts have them: they are noted. Others are refused.
 */
final class IdleFlags {
    private final ParseResult given;
    private final List<String> notes = new ArrayList<>();

    IdleFlags(ParseResult given) {
        this.given = given;
    }

    /** A flag of the original, which is idle. */
    void note(String flag, String why) {
        if (given.hasMatchedOption(flag)) {
            notes.add(flag + " has no effect: " + why);
        }
    }

    /**
     * A flag of ours, which is idle.
     *
     * @throws IllegalArgumentException if it was given
     */
    void refuse(String flag, String why) {
        if (given.hasMatchedOption(flag)) {
            throw new IllegalArgumentException(flag + ": " + why);
        }
    }

    /** What the user has to know. */
    List<String> notes() {
        return List.copyOf(notes);
    }
}
