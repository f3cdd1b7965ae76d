package io.obd.tools.obd;

import io.obd.fs.FileData;
import io.obd.fs.FileInfo;
import io.obd.fs.FileSystemReader;
import io.obd.fs.FileType;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Parameters;

/** Writes the content of files to standard output. */
@Command(name = "cat", sortOptions = false, description = "Writes files of an image to standard output.")
final class Cat extends ImageCommand {
    private static final int CHUNK = 1 << 20;

    private final OutputStream stdout;

    @Parameters(index = "0", paramLabel = "IMAGE", description = IMAGE)
    private String image = "";

    @Parameters(index = "1..*", arity = "1..*", paramLabel = "PATH", description = "files in the image")
    private List<String> paths = new ArrayList<>();

    Cat(Map<String, String> environment, OutputStream stdout) {
        super(environment);
        this.stdout = stdout;
    }

    @Override
    int run(Images images) throws IOException {
        try (Disk disk = images.disk(image);
                FileSystemReader files = disk.files()) {
            List<FileInfo> found = new ArrayList<>();
            for (String path : paths) {
                found.add(regular(path, Tree.find(disk, files, path, true)));
            }
            for (FileInfo file : found) {
                copy(files.data(file));
            }
        }
        return ExitCode.OK;
    }

    private static FileInfo regular(String path, FileInfo file) throws ToolException {
        if (file.type() != FileType.REGULAR) {
            throw new ToolException(path + " is no regular file, but a " + Listing.name(file.type())
                    + (file.isDirectory() ? ": obd ls lists it" : ""));
        }
        return file;
    }

    private void copy(FileData data) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, Math.max(data.size(), 1)));
        for (long at = 0; at < data.size(); at += chunk.position()) {
            data.read(at, chunk.clear());
            stdout.write(chunk.array(), 0, chunk.position());
        }
        stdout.flush();
    }
}
