package io.obd.nydusimage;

import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.BootstrapWriter;
import io.obd.rafs.Compressor;
import io.obd.rafs.Digester;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.Node;
import io.obd.rafs.RafsVersion;
import io.obd.rafs.build.BuiltImage;
import io.obd.rafs.build.ImageBuilder;
import io.obd.rafs.build.Overlay;
import io.obd.rafs.build.Prefetch;
import io.obd.rafs.build.ReferenceBuilder;
import io.obd.rafs.build.SourceTree;
import io.obd.rafs.build.TarSource;
import io.obd.rafs.build.TreeSource;
import io.obd.rafs.build.WhiteoutSpec;
import io.obd.rafs.data.BlobFormat;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Builds an image, or a layer of one, out of a directory or a tar. */
@Command(name = "create", sortOptions = false, description = "Builds an image out of a directory or a tar.")
final class Create implements Callable<Integer> {
    private static final int BUFFER = 1 << 20;
    private static final int LONGEST_ID = 255;
    private static final String LAYER_REFERENCE = "targz-ref";
    private static final String TARFS = "tar-tarfs";

    private final InputStream in;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @ParentCommand
    @SuppressWarnings("NullAway.Init") // set by picocli
    private NydusImage command;

    @Parameters(index = "0", paramLabel = "SOURCE", description = "a directory, or a tar")
    private Path source = Path.of("");

    @Option(
            names = {"-t", "--type", "--source-type"},
            defaultValue = "dir-rafs",
            description =
                    "dir-rafs (or directory), tar-rafs, targz-rafs, targz-ref or tar-tarfs; default: ${DEFAULT-VALUE}")
    private String type = "";

    @Option(
            names = {"-B", "--bootstrap"},
            description = "file for the bootstrap; without it, the blob directory under the bootstrap's SHA-256")
    private @Nullable Path bootstrap;

    @Option(
            names = {"-D", "--blob-dir"},
            description = "directory for the blob, which gets its identity as name")
    private @Nullable Path blobDirectory;

    @Option(
            names = {"-b", "--blob"},
            description = "file for the blob; may be a FIFO")
    private @Nullable Path blob;

    @Option(
            names = {"--blob-inline-meta", "--inline-bootstrap"},
            description = "put the bootstrap at the end of the blob")
    private boolean inline;

    @Option(names = "--blob-id", description = "identity of the blob; default: its SHA-256")
    private @Nullable String blobId;

    @Option(names = "--chunk-size", defaultValue = "0x100000", description = "bytes of a chunk; default: 0x100000")
    private String chunkSize = "";

    @Option(
            names = "--batch-size",
            defaultValue = "0",
            description = "bytes of small chunks that are compressed together; version 6 only; default: 0, none")
    private String batchSize = "";

    @Option(names = "--compressor", defaultValue = "zstd", description = "none, lz4_block or zstd; default: zstd")
    private String compressor = "";

    @Option(names = "--digester", defaultValue = "blake3", description = "blake3 or sha256; default: blake3")
    private String digester = "";

    @Option(
            names = {"-v", "--fs-version"},
            defaultValue = "6",
            description = "5 or 6; default: 6")
    private String version = "";

    @Option(names = "--features", split = ",", description = "blob-toc: a table of contents at the end of the blob")
    private List<String> features = new ArrayList<>();

    @Mixin
    private DictionaryOption dictionary = new DictionaryOption();

    @Option(names = "--parent-bootstrap", description = "image that the layer is put upon")
    private @Nullable Path parent;

    @Option(
            names = "--aligned-chunk",
            description = "chunks begin at multiples of 4 KiB when they are decompressed, as always in version 6")
    private boolean aligned;

    @Option(names = "--repeatable", description = "without owners: files belong to whoever serves the image")
    private boolean repeatable;

    @Option(names = "--whiteout-spec", defaultValue = "oci", description = "oci, overlayfs or none; default: oci")
    private String whiteouts = "";

    @Mixin
    private PrefetchOption prefetch = new PrefetchOption();

    @Mixin
    private SummaryOption summary = new SummaryOption();

    @Option(
            names = {"-C", "--config"},
            hidden = true,
            description = "accepted: the bootstraps have all that is needed of parent and dictionary")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private @Nullable Path config;

    @Option(names = "--disable-check", hidden = true, description = "accepted, without effect as in the original")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean disableCheck;

    @Option(
            names = {"-E", "--encrypt"},
            hidden = true)
    private boolean encrypt;

    @Option(names = "--blob-cache-dir", hidden = true)
    private @Nullable String blobCacheDirectory;

    @Option(names = "--attributes", hidden = true)
    private @Nullable String attributes;

    @Option(names = "--external-blob", hidden = true)
    private @Nullable String externalBlob;

    @Option(names = "--blob-data-size", hidden = true)
    private @Nullable String blobDataSize;

    @Option(names = "--blob-offset", hidden = true, defaultValue = "0")
    private String blobOffset = "";

    /** @param in with the paths to prefetch */
    Create(InputStream in) {
        this.in = in;
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        refuse();
        BlobFormat format = format();
        Prefetch files = prefetch.read(in);
        WhiteoutSpec whiteoutSpec = whiteouts();
        Bootstrap lower = parent == null ? null : load(parent, format.image());
        Path shared = dictionary.path();
        Bootstrap other = shared == null ? null : load(shared, format.image());
        BuiltImage image;
        try (NewFile file = blob == null ? NewFile.in(blobDirectory()) : NewFile.at(blob)) {
            image = switch (type) {
                case LAYER_REFERENCE -> buildReference(format, files, lower, other, whiteoutSpec, file);
                case TARFS -> buildTarfs(format, files);
                default -> build(builder(format, files, lower, other, whiteoutSpec), whiteoutSpec, file);
            };
            keep(file, image);
        }
        Path written = inline ? null : writeBootstrap(image.bootstrap());
        List<String> blobs = blobs(image);
        summary.write(() -> new Summary(
                written == null ? "" : written.toString(),
                blobs,
                format.image().version(),
                compressorOf(format),
                "total_build",
                Duration.ofNanos(System.nanoTime() - start)));
        command.inform("successfully built RAFS filesystem:\nmeta blob path: "
                + (written == null ? "<none>" : written) + "\ndata blob size: 0x"
                + Long.toHexString(image.blobSize()) + "\ndata blobs: " + blobs);
        return 0;
    }

    private Compressor compressorOf(BlobFormat format) {
        return switch (type) {
            case LAYER_REFERENCE -> Compressor.GZIP;
            case TARFS -> Compressor.NONE;
            default -> format.image().compressor();
        };
    }

    private ImageBuilder builder(
            BlobFormat format,
            Prefetch files,
            @Nullable Bootstrap lower,
            @Nullable Bootstrap other,
            WhiteoutSpec whiteoutSpec) {
        ImageBuilder builder = new ImageBuilder(format, files);
        if (lower != null) {
            builder.upon(lower, whiteoutSpec);
        }
        if (other != null) {
            builder.withDictionary(other);
        }
        return blobId == null ? builder : builder.named(blobId);
    }

    private BuiltImage build(ImageBuilder builder, WhiteoutSpec whiteoutSpec, NewFile file) throws IOException {
        return switch (type) {
            case "dir-rafs", "directory" -> builder.build(layer(new DirectorySource(source), whiteoutSpec), file.out());
            case "tar-rafs", "targz-rafs" -> {
                try (InputStream tar = new BufferedInputStream(Files.newInputStream(source), BUFFER)) {
                    yield builder.build(layer(new TarSource(tar), WhiteoutSpec.NONE), file.out());
                }
            }
            default ->
                throw misuse("--type " + type
                        + " is not supported: dir-rafs, directory, tar-rafs, targz-rafs, targz-ref or tar-tarfs");
        };
    }

    private BuiltImage buildReference(
            BlobFormat format,
            Prefetch files,
            @Nullable Bootstrap lower,
            @Nullable Bootstrap other,
            WhiteoutSpec whiteoutSpec,
            NewFile file)
            throws IOException {
        ReferenceBuilder builder =
                reference(ReferenceBuilder.ofLayers(format.image().chunkSize(), !repeatable, files, this::anonymous));
        if (lower != null) {
            builder.upon(lower, whiteoutSpec);
        }
        if (other != null) {
            builder.withDictionary(other);
        }
        try (InputStream layer = Files.newInputStream(source)) {
            return builder.build(layer, source.toString(), file.out(), inline, !features.isEmpty());
        }
    }

    private BuiltImage buildTarfs(BlobFormat format, Prefetch files) throws IOException {
        ReferenceBuilder builder =
                reference(ReferenceBuilder.ofTarfs(format.image().chunkSize(), !repeatable, files, this::anonymous));
        try (InputStream tar = Files.newInputStream(source)) {
            return builder.buildTarfs(tar, source.toString());
        }
    }

    private void keep(NewFile file, BuiltImage image) throws IOException {
        if (image.blobId().isPresent()) {
            // Of a reference, the identity that is given is that of the layer.
            String id = blobId == null || type.equals(LAYER_REFERENCE)
                    ? image.blobId().get()
                    : blobId;
            file.keep(blob == null ? blobDirectory().resolve(id) : blob);
        }
    }

    private ReferenceBuilder reference(ReferenceBuilder builder) {
        return blobId == null ? builder : builder.named(blobId);
    }

    private Node anonymous(Node root) {
        if (repeatable) {
            AnonymousOwners.apply(root);
        }
        return root;
    }

    /** Without anything below it, a layer has nothing to remove. */
    private TreeSource layer(TreeSource files, WhiteoutSpec whiteoutSpec) {
        return writer -> {
            SourceTree tree = files.read(writer);
            if (parent == null) {
                new Overlay(whiteoutSpec).removeMarks(tree.root());
            }
            anonymous(tree.root());
            return tree;
        };
    }

    private Path writeBootstrap(ByteBuffer bytes) throws IOException {
        Path path = bootstrap == null ? blobDirectory().resolve(sha256(bytes)) : bootstrap;
        NewFile.write(path, bytes);
        return path;
    }

    private static String sha256(ByteBuffer bytes) {
        try {
            MessageDigest hash = MessageDigest.getInstance("SHA-256");
            hash.update(bytes.duplicate());
            return HexFormat.of().formatHex(hash.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** A layer's own bootstrap does not know the identity of the blob; who reads the summary does. */
    private List<String> blobs(BuiltImage image) {
        return image.blobs().stream()
                .map(BlobInfo::id)
                .map(id -> id.equals(BootstrapWriter.OWN_BLOB) ? image.blobId().orElse(id) : id)
                .toList();
    }

    private Path blobDirectory() {
        if (blobDirectory == null) {
            throw misuse("where the blob goes is missing: --blob or --blob-dir");
        }
        return blobDirectory;
    }

    /** Refuses what cannot be done, by its name. */
    private void refuse() {
        refuse("--encrypt", encrypt);
        refuse("--blob-cache-dir", blobCacheDirectory != null);
        refuse("--attributes", attributes != null);
        refuse("--external-blob", externalBlob != null);
        refuse("--blob-data-size", blobDataSize != null);
        refuse("--blob-offset", !blobOffset.equals("0"));
        if (type.equals(LAYER_REFERENCE) || type.equals(TARFS)) {
            refuseWithReference("--fs-version 5", !version.equals("6"));
            refuseWithReference("--batch-size", !batchSize.equals("0"));
            refuseWithReference("--aligned-chunk", aligned);
        }
        if (type.equals(TARFS)) {
            refuseWithReference("--parent-bootstrap", parent != null);
            refuseWithReference("--chunk-dict", dictionary.path() != null);
            refuseWithReference("--blob", blob != null);
            refuseWithReference("--blob-inline-meta", inline);
            refuseWithReference("--features", !features.isEmpty());
        }
        if (inline && (bootstrap != null || blobId != null)) {
            throw misuse("--blob-inline-meta does not go with --bootstrap or --blob-id");
        }
        if (!inline && bootstrap == null && blobDirectory == null) {
            throw misuse("where the bootstrap goes is missing: --bootstrap, --blob-dir or --blob-inline-meta");
        }
        if (blobId != null && !blobId.matches("[A-Za-z0-9][A-Za-z0-9._-]{0," + (LONGEST_ID - 1) + "}")) {
            throw misuse("--blob-id " + blobId + " is no name of a blob");
        }
        if (blob == null && !Files.isDirectory(blobDirectory())) {
            throw misuse("--blob-dir " + blobDirectory + " is no directory");
        }
    }

    private void refuseWithReference(String option, boolean given) {
        if (given) {
            throw misuse(option + " does not go with --type " + type);
        }
    }

    private void refuse(String option, boolean given) {
        if (given) {
            throw misuse(option + " is not supported");
        }
    }

    private BlobFormat format() {
        RafsVersion rafs =
                switch (version) {
                    case "5" -> RafsVersion.V5;
                    case "6" -> RafsVersion.V6;
                    default -> throw misuse("--fs-version " + version + ": 5 or 6");
                };
        for (String feature : features) {
            if (!feature.equals("blob-toc")) {
                throw misuse("--features " + feature + " is not supported: blob-toc");
            }
        }
        int batch = number("--batch-size", batchSize);
        int chunk = number("--chunk-size", chunkSize);
        if (rafs == RafsVersion.V5 && (batch > 0 || !features.isEmpty())) {
            throw misuse("--batch-size and --features are for version 6 only");
        }
        if (Integer.bitCount(batch) > 1 || batch > chunk) {
            throw misuse("--batch-size " + batchSize + ": a power of two, not more than --chunk-size");
        }
        try {
            ImageFormat image = new ImageFormat(rafs, compressor(), digester(), chunk, !repeatable);
            return new BlobFormat(image, aligned, batch, inline, !features.isEmpty());
        } catch (IllegalArgumentException e) {
            throw misuse("--chunk-size " + chunkSize + ": " + e.getMessage());
        }
    }

    private int number(String option, String text) {
        try {
            return text.startsWith("0x") ? Integer.parseInt(text, 2, text.length(), 16) : Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new ParameterException(spec.commandLine(), option + " " + text + " is no number", e);
        }
    }

    private Compressor compressor() {
        return switch (compressor) {
            case "none" -> Compressor.NONE;
            case "lz4_block" -> Compressor.LZ4_BLOCK;
            case "zstd" -> Compressor.ZSTD;
            default -> throw misuse("--compressor " + compressor + " is not supported: none, lz4_block or zstd");
        };
    }

    private Digester digester() {
        if (type.equals(LAYER_REFERENCE)) {
            return Digester.SHA256;
        }
        return switch (digester) {
            case "blake3" -> Digester.BLAKE3;
            case "sha256" -> Digester.SHA256;
            default -> throw misuse("--digester " + digester + " is not supported: blake3 or sha256");
        };
    }

    private WhiteoutSpec whiteouts() {
        return switch (whiteouts) {
            case "oci" -> WhiteoutSpec.OCI;
            case "overlayfs" -> WhiteoutSpec.OVERLAYFS;
            case "none" -> WhiteoutSpec.NONE;
            default -> throw misuse("--whiteout-spec " + whiteouts + ": oci, overlayfs or none");
        };
    }

    /** Chunks can only be shared by images that make them alike. */
    private static Bootstrap load(Path file, ImageFormat format) throws IOException {
        Bootstrap image = Bootstrap.load(file);
        if (image.version() != format.version()
                || image.chunkSize() != format.chunkSize()
                || image.flags().digester() != format.digester()) {
            throw new IOException(file + ": an image of version "
                    + image.version().number() + " with chunks of "
                    + image.chunkSize() + " bytes and digester "
                    + image.flags().digester() + ", to be used for one of version "
                    + format.version().number() + " with chunks of " + format.chunkSize() + " bytes and digester "
                    + format.digester());
        }
        return image;
    }

    private ParameterException misuse(String problem) {
        return new ParameterException(spec.commandLine(), problem);
    }
}
