package io.obd.nydusify;

import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * An option that is not given has the value of the environment's variable of its name: {@code --work-dir} that of
 * {@code WORK_DIR}.
 *
 * @param environment variables
 */
record EnvironmentDefaults(Map<String, String> environment) implements IDefaultValueProvider {
    @Override
    public @Nullable String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
            return null;
        }
        String name = option.longestName().replaceFirst("^-+", "");
        String value = environment.getOrDefault(name.toUpperCase(Locale.ROOT).replace('-', '_'), "");
        return value.isEmpty() ? null : value;
    }
}
