package io.obd.nydusify;

import java.util.LinkedHashMap;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where blobs go. The original can put them into object stores; here they go to the registry. */
final class BackendOptions {
    private static final String REGISTRY = "registry";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(names = "--backend-type", paramLabel = "registry", description = "where blobs go: the registry only")
    private String type = REGISTRY;

    @Option(names = "--backend-config", hidden = true)
    private String config = "";

    @Option(names = "--backend-config-file", hidden = true)
    private String configFile = "";

    @Option(names = "--backend-force-push", hidden = true, arity = "0..1", fallbackValue = "true")
    private boolean forcePush;

    @Option(names = "--source-backend-type", hidden = true)
    private String sourceType = "";

    @Option(
            names = {"--source-backend-config", "--source-backend-config-file"},
            hidden = true)
    private String sourceConfig = "";

    @Option(names = "--target-backend-type", hidden = true)
    private String targetType = "";

    @Option(
            names = {"--target-backend-config", "--target-backend-config-file"},
            hidden = true)
    private String targetConfig = "";

    /** @throws ParameterException if something is wanted that is not there; the text names the option */
    void requireRegistry() {
        if (!type.isEmpty() && !type.equals(REGISTRY)) {
            throw refused("--backend-type " + type);
        }
        Map<String, Boolean> given = new LinkedHashMap<>();
        given.put("--backend-config", !config.isEmpty());
        given.put("--backend-config-file", !configFile.isEmpty());
        given.put("--backend-force-push", forcePush);
        given.put("--source-backend-type", !sourceType.isEmpty());
        given.put("--source-backend-config", !sourceConfig.isEmpty());
        given.put("--target-backend-type", !targetType.isEmpty());
        given.put("--target-backend-config", !targetConfig.isEmpty());
        given.forEach((option, wanted) -> {
            if (wanted) {
                throw refused(option);
            }
        });
    }

    private ParameterException refused(String option) {
        return new ParameterException(
                spec.commandLine(),
                option + ": object stores are not supported, blobs go to and come from the registry");
    }
}
