package io.obd.convertor;

import io.obd.engines.TurboOciFileSystem;
import java.util.Optional;
import picocli.CommandLine.Option;

/** What is asked for in the turboOCI format. */
final class TurboOciOptions {
    @Option(
            names = "--turboOCI",
            paramLabel = "TAG",
            description = "tag of the result in the turboOCI format, which refers to the layers of the source")
    private String tag = "";

    @Option(names = "--fastoci", paramLabel = "TAG", description = "the old name of --turboOCI")
    private String oldTag = "";

    @Option(
            names = "--fstype",
            paramLabel = "ext4|erofs",
            description = "kind of the file system of turboOCI layers (default: ${DEFAULT-VALUE})")
    private String fileSystem = "ext4";

    /** Tag of the result, empty if none is wanted. */
    String tag() {
        return tag.isEmpty() ? oldTag : tag;
    }

    /** Kind of the file system, empty if the one that was asked for cannot be made. */
    Optional<TurboOciFileSystem> fileSystem() {
        return TurboOciFileSystem.named(fileSystem);
    }

    void findIdle(IdleFlags idle) {
        if (tag().isEmpty()) {
            idle.note("--fstype", "it is about turboOCI layers, and none are asked for");
        }
        if (!tag.isEmpty()) {
            idle.note("--fastoci", "it is the old name of --turboOCI, which is given too");
        }
    }
}
