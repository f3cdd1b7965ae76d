package io.obd.ctr;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The command line before a command's name. */
@Command(
        name = "ctr",
        mixinStandardHelpOptions = false,
        description = "containerd's ctr with overlaybd commands; any other command is containerd's own.")
final class Ctr {
    @Mixin
    private final GlobalFlags flags = new GlobalFlags();

    GlobalFlags flags() {
        return flags;
    }
}
