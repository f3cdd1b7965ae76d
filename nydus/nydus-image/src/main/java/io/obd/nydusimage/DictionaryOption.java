package io.obd.nydusimage;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** An image whose chunks others use. */
final class DictionaryOption {
    private static final String KIND = "bootstrap=";

    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(names = "--chunk-dict", description = "image whose chunks are used: [bootstrap=]FILE")
    private @Nullable String expression;

    /** Its bootstrap, or null. */
    @Nullable
    Path path() {
        if (expression == null) {
            return null;
        }
        return file(command, expression);
    }

    /** The bootstrap that an expression means. */
    static Path file(CommandSpec command, String expression) {
        int equals = expression.indexOf('=');
        if (equals >= 0 && !expression.startsWith(KIND)) {
            throw new ParameterException(
                    command.commandLine(), "--chunk-dict " + expression + " is not supported: bootstrap=FILE or FILE");
        }
        return Path.of(expression.substring(equals + 1));
    }
}
