package io.obd.nydusify;

import io.obd.registry.Platform;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which image of an index is meant. */
final class PlatformOption {
    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--platform",
            paramLabel = "OS/ARCH",
            description =
                    "which image of an index: linux/amd64, linux/arm64 (default: this machine's); convert and copy take several,"
                            + " with commas")
    private String platform = "";

    /** One or more. */
    List<Platform> platforms() {
        if (platform.isEmpty()) {
            return List.of(Platform.host());
        }
        try {
            return List.of(platform.split(",", -1)).stream()
                    .map(text -> Platform.parse(text.contains("/") ? text : "linux/" + text))
                    .toList();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--platform: " + e.getMessage(), e);
        }
    }

    /** The only one; it is wrong use if there are several. */
    Platform single() {
        List<Platform> all = platforms();
        if (all.size() > 1) {
            throw new ParameterException(spec.commandLine(), "--platform: one platform is expected, not " + platform);
        }
        return all.getFirst();
    }
}
