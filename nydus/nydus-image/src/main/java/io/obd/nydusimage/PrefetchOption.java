package io.obd.nydusimage;

import io.obd.fs.tar.ByteString;
import io.obd.rafs.build.Prefetch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** What of an image is to be fetched before it is asked for. */
final class PrefetchOption {
    @Spec(Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec command;

    @Option(
            names = "--prefetch-policy",
            defaultValue = "none",
            description = "none, fs or blob; the paths stand on standard input, one a line; default: none")
    private String policy = "";

    /** @param in with the paths; not read if there are none */
    Prefetch read(InputStream in) throws IOException {
        Prefetch.Policy kind =
                switch (policy) {
                    case "none" -> Prefetch.Policy.NONE;
                    case "fs" -> Prefetch.Policy.FS;
                    case "blob" -> Prefetch.Policy.BLOB;
                    default ->
                        throw new ParameterException(
                                command.commandLine(), "--prefetch-policy " + policy + ": none, fs or blob");
                };
        if (kind == Prefetch.Policy.NONE) {
            return Prefetch.none();
        }
        String paths = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return Prefetch.of(
                kind, paths.lines().map(String::strip).map(ByteString::of).toList());
    }
}
