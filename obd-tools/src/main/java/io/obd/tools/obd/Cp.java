package io.obd.tools.obd;

import io.obd.fs.FileInfo;
import io.obd.fs.FileSystemReader;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Copies files out of an image. */
@Command(
        name = "cp",
        sortOptions = false,
        description = {
            "Copies a file, or a directory with all below it, out of an image.",
            "Owners, devices and privileged attributes are kept when root does it. The copy has its name only when it is"
                    + " complete."
        })
final class Cp extends ImageCommand {
    @Parameters(index = "0", paramLabel = "IMAGE", description = IMAGE)
    private String image = "";

    @Parameters(index = "1", paramLabel = "PATH", description = "in the image")
    private String path = "";

    @Parameters(index = "2", paramLabel = "TARGET", description = "a new name, or a directory to put the copy in")
    private Path target = Path.of("");

    @Option(
            names = {"-f", "--force"},
            description = "replace a file of that name")
    private boolean force;

    Cp(Map<String, String> environment) {
        super(environment);
    }

    @Override
    int run(Images images) throws IOException {
        try (Disk disk = images.disk(image);
                FileSystemReader files = disk.files()) {
            FileInfo file = Tree.find(disk, files, path, false);
            Path place = place();
            boolean replaceable = force && !file.isDirectory() && Files.isRegularFile(place, LinkOption.NOFOLLOW_LINKS);
            if (Files.exists(place, LinkOption.NOFOLLOW_LINKS) && !replaceable) {
                throw new FileAlreadyExistsException(place.toString());
            }
            Path parent = place.toAbsolutePath().getParent();
            if (parent == null || !Files.isDirectory(parent)) {
                throw new ToolException(target + ": there is no such directory as " + parent);
            }
            try (ScratchDirectory scratch = ScratchDirectory.in(parent, ".obd-cp-")) {
                Path unfinished = scratch.path().resolve("copy");
                TreeCopy copy =
                        new TreeCopy(files, text -> warn(text.replace(unfinished.toString(), place.toString())));
                copy.copy(file, unfinished);
                Files.move(unfinished, place, StandardCopyOption.ATOMIC_MOVE);
                return copy.isComplete() ? ExitCode.OK : ExitCode.SOFTWARE;
            }
        }
    }

    private Path place() throws ToolException {
        if (!Files.isDirectory(target)) {
            return target;
        }
        Path name = Path.of("/" + path).normalize().getFileName();
        if (name == null) {
            throw new ToolException(target + " exists: give the root of the image a name that does not, as in "
                    + target.resolve("root"));
        }
        return target.resolve(name);
    }
}
