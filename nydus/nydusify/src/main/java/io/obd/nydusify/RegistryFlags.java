package io.obd.nydusify;

import picocli.CommandLine.Option;

/** How the registries of source and target are spoken to. */
final class RegistryFlags {
    @Option(
            names = "--source-insecure",
            arity = "0..1",
            fallbackValue = "true",
            description = "any certificate of the source's registry, or plain HTTP")
    private boolean sourceInsecure;

    @Option(
            names = "--target-insecure",
            arity = "0..1",
            fallbackValue = "true",
            description = "any certificate of the target's registry, or plain HTTP")
    private boolean targetInsecure;

    Transport source() {
        return Transport.insecure(sourceInsecure);
    }

    Transport target() {
        return Transport.insecure(targetInsecure);
    }
}
