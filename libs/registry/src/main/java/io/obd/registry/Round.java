package io.obd.registry;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/** Asks one candidate after the other until one succeeds. Those that failed lately come last. */
final class Round {
    private static final Logger LOG = LoggerFactory.getLogger(Round.class);

    private Round() {}

    interface Step<C, T> {
        T run(C candidate, Deadline deadline) throws IOException;
    }

    /**
     * @param candidates at least one
     * @param deadline each gets its share of what is left of it
     * @throws RegistryException that of the last candidate, with those of the others
     */
    static <C extends Candidate, T> T run(List<C> candidates, Deadline deadline, Step<C, T> step) throws IOException {
        if (candidates.size() == 1) {
            return step.run(candidates.getFirst(), deadline);
        }
        Map<C, RegistryException> failures = new HashMap<>();
        int left = candidates.size();
        for (C candidate : byStanding(candidates)) {
            try {
                return step.run(candidate, deadline.share(left--));
            } catch (RegistryException e) {
                boolean news = !candidate.isAvoided();
                candidate.failed(e);
                failures.put(candidate, e);
                if (news && left > 0 && candidate.isAvoided()) {
                    // That one of several hosts has not got everything is how it should be.
                    LOG.atLevel(e instanceof RegistryException.NotFound ? Level.INFO : Level.WARN)
                            .log("a host is asked last for a while: {}", e.getMessage());
                }
            }
        }
        List<RegistryException> all =
                candidates.stream().distinct().map(failures::get).toList();
        throw all.getLast().after(all.subList(0, all.size() - 1));
    }

    private static <C extends Candidate> List<C> byStanding(List<C> candidates) {
        List<C> good = new ArrayList<>();
        List<C> avoided = new ArrayList<>();
        candidates.forEach(candidate -> (candidate.isAvoided() ? avoided : good).add(candidate));
        return Stream.concat(good.stream(), avoided.stream()).toList();
    }
}
