package io.obd.convertor;

import picocli.CommandLine.Option;

/** What is asked for in the turboOCI format. */
final class TurboOciOptions {
    private static final String EXT4 = "ext4";

    @Option(
            names = "--turboOCI",
            paramLabel = "TAG",
            description = "tag of the result in the turboOCI format, which refers to the layers of the source")
    private String tag = "";

    @Option(names = "--fastoci", paramLabel = "TAG", description = "the old name of --turboOCI")
    private String oldTag = "";

    @Option(
            names = "--fstype",
            paramLabel = "ext4",
            description = "kind of the file system of turboOCI layers (default: ext4)")
    private String fileSystem = EXT4;

    /** Tag of the result, empty if none is wanted. */
    String tag() {
        return tag.isEmpty() ? oldTag : tag;
    }

    /** What is wrong with what was asked for, empty if nothing is. */
    String problem() {
        return fileSystem.equals(EXT4) ? "" : "--fstype: only ext4 can be made, not " + fileSystem;
    }
}
