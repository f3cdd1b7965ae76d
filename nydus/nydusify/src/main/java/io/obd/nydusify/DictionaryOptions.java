package io.obd.nydusify;

import io.obd.registry.ImageReference;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** An image whose chunks are used. */
final class DictionaryOptions {
    private static final String IN_REGISTRY = "bootstrap:registry:";
    private static final String LOCAL = "bootstrap:local:";

    @Spec(Spec.Target.MIXEE)
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Option(
            names = "--chunk-dict",
            paramLabel = "bootstrap:registry:IMAGE|bootstrap:local:FILE",
            description = "nydus image, or the bootstrap of one, whose chunks are used: its blobs become layers of the"
                    + " result")
    private String dictionary = "";

    @Option(
            names = "--chunk-dict-insecure",
            arity = "0..1",
            fallbackValue = "true",
            description = "any certificate of its registry, or plain HTTP")
    private boolean insecure;

    /** What is wanted. */
    sealed interface Choice {
        /** A nydus image of a registry. */
        record InRegistry(ImageReference name, Transport transport) implements Choice {}

        /** A bootstrap, whose blobs are where the result goes. */
        record InFile(Path bootstrap) implements Choice {}
    }

    /** @throws ParameterException if it makes no sense */
    Optional<Choice> choice() {
        if (dictionary.isEmpty()) {
            return Optional.empty();
        }
        if (dictionary.startsWith(LOCAL)) {
            return Optional.of(new Choice.InFile(Path.of(dictionary.substring(LOCAL.length()))));
        }
        if (!dictionary.startsWith(IN_REGISTRY)) {
            throw wrong(dictionary + " is neither " + IN_REGISTRY + "IMAGE nor " + LOCAL + "FILE");
        }
        try {
            ImageReference name = ImageReference.parse(dictionary.substring(IN_REGISTRY.length()));
            return Optional.of(new Choice.InRegistry(name, Transport.insecure(insecure)));
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private ParameterException wrong(String problem) {
        return new ParameterException(spec.commandLine(), "--chunk-dict: " + problem);
    }
}
