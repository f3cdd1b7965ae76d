package io.obd.tools.obd;

import com.fasterxml.jackson.core.JsonGenerator;
import io.obd.fs.FileInfo;
import io.obd.fs.FileSystemReader;
import io.obd.fs.NamedFile;
import io.obd.fs.tar.ByteString;
import java.io.IOException;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Lists files. */
@Command(name = "ls", sortOptions = false, description = "Lists a file or directory of an image.")
final class Ls extends ImageCommand {
    @Parameters(index = "0", paramLabel = "IMAGE", description = IMAGE)
    private String image = "";

    @Parameters(index = "1", arity = "0..1", paramLabel = "PATH", description = "in the image (default: /)")
    private String path = "/";

    @Option(
            names = {"-l", "--long"},
            description = "permissions, links, owner, group, size and time (UTC) before each name")
    private boolean attributes;

    @Option(
            names = {"-R", "--recursive"},
            description = "also what is below, with whole paths")
    private boolean recursive;

    @Option(
            names = {"-d", "--directory"},
            description = "a directory itself, not what is in it")
    private boolean itself;

    @Option(names = "--json", description = "as a JSON array, with extended attributes")
    private boolean json;

    @Option(names = "--sha256", description = "with --json: also the digest of each regular file, which reads it")
    private boolean sha256;

    Ls(Map<String, String> environment) {
        super(environment);
    }

    @Override
    int run(Images images) throws IOException {
        if (sha256 && !json) {
            throw usage("--sha256 needs --json");
        }
        try (Disk disk = images.disk(image);
                FileSystemReader files = disk.files()) {
            FileInfo from = Tree.find(disk, files, path, !itself);
            ByteString shown = ByteString.of(path);
            Listing listing = new Listing(files, sha256);
            if (!json) {
                visit(
                        files,
                        shown,
                        from,
                        (name, file) -> out().println(attributes ? listing.line(name, file) : name.toString()));
                return ExitCode.OK;
            }
            try (JsonGenerator generator = Json.on(out())) {
                generator.writeStartArray();
                visit(files, shown, from, (name, file) -> listing.write(generator, name, file));
                generator.writeEndArray();
            }
            out().println();
            return ExitCode.OK;
        }
    }

    private void visit(FileSystemReader files, ByteString shown, FileInfo from, Tree.Visitor visitor)
            throws IOException {
        if (itself || !from.isDirectory()) {
            visitor.file(shown, from);
        } else if (recursive) {
            new Tree(files).walk(shown, from, visitor);
        } else {
            for (NamedFile file : files.list(from)) {
                visitor.file(file.name(), file.file());
            }
        }
    }
}
