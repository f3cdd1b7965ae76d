package io.obd.nydusimage;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Options of the original's that are known and refused, so that nobody believes they did something. */
final class UnsupportedOptions {
    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = {"-E", "--encrypt"},
            hidden = true)
    private boolean encrypt;

    @Option(names = "--attributes", hidden = true)
    private @Nullable String attributes;

    @Option(names = "--external-blob", hidden = true)
    private @Nullable String externalBlob;

    @Option(names = "--blob-data-size", hidden = true)
    private @Nullable String blobDataSize;

    @Option(names = "--blob-offset", hidden = true, defaultValue = "0")
    private String blobOffset = "";

    void refuse() {
        refuse("--encrypt", encrypt);
        refuse("--attributes", attributes != null);
        refuse("--external-blob", externalBlob != null);
        refuse("--blob-data-size", blobDataSize != null);
        refuse("--blob-offset", !blobOffset.equals("0"));
    }

    private void refuse(String option, boolean given) {
        if (given) {
            throw new ParameterException(command.commandLine(), option + " is not supported");
        }
    }
}
