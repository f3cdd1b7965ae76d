package io.obd.image;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A configuration file cannot be used. Holds everything found wrong in it, each with line and key. */
public final class ConfigException extends IOException {
    private final List<String> problems;

    ConfigException(Path file, List<Problem> problems) {
        this(problems.stream().map(problem -> problem.in(file)).toList());
    }

    private ConfigException(List<String> problems) {
        super(String.join("; ", problems));
        this.problems = problems;
    }

    /** One sentence per problem: {@code file:line: key: what is wrong}. */
    public List<String> problems() {
        return problems;
    }

    record Problem(int line, String key, String text) {
        String in(Path file) {
            return file + ":" + line + ": " + (key.isEmpty() ? "" : key + ": ") + text;
        }
    }
}
