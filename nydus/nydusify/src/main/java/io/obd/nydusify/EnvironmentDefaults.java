package io.obd.nydusify;

import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * An option that is not given has the value of the environment's variable of its first long name: {@code --work-dir} that of
 * {@code WORK_DIR}. Some have another one or none, as with the original.
 *
 * @param environment variables
 */
record EnvironmentDefaults(Map<String, String> environment) implements IDefaultValueProvider {
    private static final Map<String, String> OTHERS = Map.of("--debug", "DEBUG_LOG_LEVEL");
    private static final Set<String> WITHOUT =
            Set.of("--platform", "--all-platforms", "--docker-v2-format", "--push-chunk-size");

    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
            return null;
        }
        for (String name : option.names()) {
            if (name.startsWith("--")) {
                return WITHOUT.contains(name) ? null : variable(OTHERS.getOrDefault(name, usual(name)));
            }
        }
        return null;
    }

    private static String usual(String option) {
        return option.substring(2).toUpperCase(Locale.ROOT).replace('-', '_');
    }

    private @Nullable String variable(String name) {
        String value = environment.getOrDefault(name, "");
        return value.isEmpty() ? null : value;
    }
}
