package io.obd.fuzz;

import java.nio.file.Path;
import java.time.Duration;

/**
 * What a run came to.
 *
 * @param executions inputs that were run
 * @param edges edges of the program that they took
 * @param features the same, counted with how often they were taken
 * @param finding what went wrong, empty if nothing did
 * @param work where the input that did it lies
 */
record FuzzResult(
        String target, Duration duration, long executions, int edges, int features, String finding, Path work) {

    @Override
    public String toString() {
        return "fuzz %s: %,d executions in %d s, %d edges and %d features covered, %s"
                .formatted(
                        target,
                        executions,
                        duration.toSeconds(),
                        edges,
                        features,
                        finding.isEmpty() ? "no finding" : "FINDING: " + finding + " (see " + work + ")");
    }
}
