package io.obd.tools;

import io.obd.block.BlobException;
import io.obd.block.BlobReader;
import io.obd.block.FileBlob;
import io.obd.lsmt.blob.BlobTarget;
import io.obd.lsmt.blob.BlobWriter;
import io.obd.lsmt.blob.TarWrapper;
import io.obd.lsmt.blob.ZFile;
import io.obd.lsmt.blob.ZFileOptions;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Compresses a file, extracts it again, or checks that it is intact. */
@Command(
        name = "overlaybd-zfile",
        sortOptions = false,
        description = "Compresses source_file, or standard input if only target_file is given.")
final class ZFileTool extends Tool {
    @Parameters(index = "0", paramLabel = "source_file", description = "what to compress, extract or verify")
    private Path first = Path.of("");

    @Parameters(index = "1", arity = "0..1", paramLabel = "target_file", description = "the result, must not exist")
    private @Nullable Path second;

    @Option(names = "-x", arity = "0..1", fallbackValue = "true", description = "extract")
    private boolean extract;

    @Option(names = "--verify", arity = "0..1", fallbackValue = "true", description = "compare all checksums")
    private boolean verify;

    @Option(names = "-t", arity = "0..1", fallbackValue = "true", description = "wrap the ZFile in a tar")
    private boolean tarWrapper;

    @Option(names = "-f", arity = "0..1", fallbackValue = "true", description = "replace target_file")
    private boolean force;

    @Mixin
    private CompressionOptions compression = new CompressionOptions();

    @Override
    void run() throws IOException {
        if (verify) {
            unexpected(second);
            verify(existing("source_file", first));
        } else if (extract) {
            extract(existing("source_file", first), required("target_file", second));
        } else {
            compress(compression.toZFileOptions().withHeaderOverwritten(false));
        }
    }

    private void compress(ZFileOptions options) throws IOException {
        Path target = second == null ? first : second;
        Path source = second == null ? null : existing("source_file", first);
        print("compress file " + (source == null ? "(stdin)" : source) + " as " + target);
        try (BlobWriter out = BlobWriter.create(target(target), options, tarWrapper);
                InputStream in = source == null ? System.in : Files.newInputStream(source)) {
            out.transferFrom(in);
            out.finish();
        }
        print("compress file done.");
    }

    private void extract(Path source, Path target) throws IOException {
        print("decompress file " + source + " as " + target);
        try (FileBlob file = FileBlob.open(source)) {
            BlobReader payload = TarWrapper.unwrap(file);
            if (!ZFile.isPresent(payload)) {
                throw new ToolException("format error! " + source + " should be a zfile.");
            }
            try (ZFile zfile = ZFile.open(payload);
                    BlobWriter out = BlobWriter.create(target(target).forOwnerOnly(), null, false)) {
                out.transferFrom(zfile);
                out.finish();
            }
        }
        print("decompress file done.");
    }

    private void verify(Path source) throws IOException {
        try (FileBlob file = FileBlob.open(source);
                ZFile zfile = ZFile.open(TarWrapper.unwrap(file))) {
            zfile.verify();
        } catch (BlobException e) {
            print(source + " is not a valid zfile blob or checksum can't be found.");
            throw e;
        }
        print(source + " is a valid zfile blob.");
    }

    private BlobTarget.File target(Path path) {
        return force ? BlobTarget.replacing(path) : BlobTarget.newFile(path);
    }
}
