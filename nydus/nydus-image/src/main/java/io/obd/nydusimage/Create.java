package io.obd.nydusimage;

import io.obd.fs.tar.LayerTarException;
import io.obd.rafs.BlobInfo;
import io.obd.rafs.Bootstrap;
import io.obd.rafs.BootstrapWriter;
import io.obd.rafs.Compressor;
import io.obd.rafs.ImageFormat;
import io.obd.rafs.Node;
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
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
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

    @Mixin
    private BlobOption blob = new BlobOption();

    @Option(
            names = {"--blob-inline-meta", "--inline-bootstrap"},
            description = "put the bootstrap at the end of the blob")
    private boolean inline;

    @Option(names = "--blob-id", description = "identity of the blob; default: its SHA-256")
    private @Nullable String blobId;

    @Mixin
    private FormatOption format = new FormatOption();

    @Mixin
    private DictionaryOption dictionary = new DictionaryOption();

    @Option(names = "--parent-bootstrap", description = "image that the layer is put upon")
    private @Nullable Path parent;

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
    private @Nullable Path config;

    @Option(names = "--disable-check", hidden = true, description = "accepted, without effect as in the original")
    @SuppressWarnings("UnusedVariable") // read by picocli
    private boolean disableCheck;

    @Mixin
    private UnsupportedOptions unsupported = new UnsupportedOptions();

    /** @param in with the paths to prefetch */
    Create(InputStream in) {
        this.in = in;
    }

    @Override
    public Integer call() throws IOException {
        long start = System.nanoTime();
        refuse();
        BlobFormat blobFormat = type.equals(LAYER_REFERENCE) ? format.readForLayer(inline) : format.read(inline);
        Prefetch files = prefetch.read(in);
        WhiteoutSpec whiteoutSpec = whiteouts();
        Bootstrap lower = parent == null ? null : load(parent, blobFormat.image());
        Path shared = dictionary.path();
        Bootstrap other = shared == null ? null : load(shared, blobFormat.image());
        BuiltImage image;
        try (NewFile file = blob.open()) {
            image = switch (type) {
                case LAYER_REFERENCE -> buildReference(blobFormat, files, lower, other, whiteoutSpec, file);
                case TARFS -> buildTarfs(blobFormat, files);
                default -> build(builder(blobFormat, files, lower, other, whiteoutSpec), whiteoutSpec, file);
            };
            keep(file, image);
        }
        Path written = inline ? null : writeBootstrap(image.bootstrap());
        List<String> blobs = blobs(image);
        summary.write(() -> new Summary(
                written == null ? "" : written.toString(),
                blobs,
                blobFormat.image().version(),
                compressorOf(blobFormat),
                "total_build",
                Duration.ofNanos(System.nanoTime() - start)));
        command.inform("successfully built RAFS filesystem:\nmeta blob path: "
                + (written == null ? "<none>" : written) + "\ndata blob size: 0x"
                + Long.toHexString(image.blobSize()) + "\ndata blobs: " + blobs);
        return 0;
    }

    private Compressor compressorOf(BlobFormat blobFormat) {
        return switch (type) {
            case LAYER_REFERENCE -> Compressor.GZIP;
            case TARFS -> Compressor.NONE;
            default -> blobFormat.image().compressor();
        };
    }

    private ImageBuilder builder(
            BlobFormat blobFormat,
            Prefetch files,
            @Nullable Bootstrap lower,
            @Nullable Bootstrap other,
            WhiteoutSpec whiteoutSpec) {
        ImageBuilder builder = new ImageBuilder(blobFormat, files);
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
            case "dir-rafs", "directory" ->
                builder.build(layer(new DirectorySource(source, file.written()), whiteoutSpec), file.out());
            case "tar-rafs", "targz-rafs" -> {
                try (InputStream tar = SourceTar.open(source)) {
                    yield builder.build(layer(new TarSource(tar), WhiteoutSpec.NONE), file.out());
                } catch (LayerTarException e) {
                    throw new IOException(source + ": " + e.getMessage(), e);
                }
            }
            default ->
                throw misuse("--type " + type
                        + " is not supported: dir-rafs, directory, tar-rafs, targz-rafs, targz-ref or tar-tarfs");
        };
    }

    private BuiltImage buildReference(
            BlobFormat blobFormat,
            Prefetch files,
            @Nullable Bootstrap lower,
            @Nullable Bootstrap other,
            WhiteoutSpec whiteoutSpec,
            NewFile file)
            throws IOException {
        ReferenceBuilder builder = reference(ReferenceBuilder.ofLayers(
                blobFormat.image().chunkSize(), !format.isRepeatable(), files, this::anonymous));
        if (lower != null) {
            builder.upon(lower, whiteoutSpec);
        }
        if (other != null) {
            builder.withDictionary(other);
        }
        try (InputStream layer = Files.newInputStream(source)) {
            return builder.build(layer, source.toString(), file.out(), inline, format.hasContents());
        }
    }

    private BuiltImage buildTarfs(BlobFormat blobFormat, Prefetch files) throws IOException {
        ReferenceBuilder builder = reference(ReferenceBuilder.ofTarfs(
                blobFormat.image().chunkSize(), !format.isRepeatable(), files, this::anonymous));
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
            blob.keep(file, id, image, source);
        }
    }

    private ReferenceBuilder reference(ReferenceBuilder builder) {
        return blobId == null ? builder : builder.named(blobId);
    }

    private Node anonymous(Node root) {
        if (format.isRepeatable()) {
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
        Path path = bootstrap == null ? Objects.requireNonNull(blob.directory()).resolve(sha256(bytes)) : bootstrap;
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

    /** Refuses what cannot be done, by its name. */
    private void refuse() {
        unsupported.refuse();
        if (blobId != null && blobId.isEmpty()) {
            blobId = null;
        }
        if (config != null && Files.notExists(config)) {
            throw misuse("--config " + config + ": there is no such file");
        }
        if (bootstrap != null) {
            refuseNoFile("--bootstrap", bootstrap);
        }
        if (type.equals(LAYER_REFERENCE) || type.equals(TARFS)) {
            format.notForReferences().forEach(option -> refuseWithReference(option, true));
        }
        if (type.equals(TARFS)) {
            refuseWithReference("--parent-bootstrap", parent != null);
            refuseWithReference("--chunk-dict", dictionary.path() != null);
            refuseWithReference("--blob", blob.isFile());
            refuseWithReference("--blob-cache-dir", blob.isForCache());
            refuseWithReference("--blob-inline-meta", inline);
            refuseWithReference("--features", format.hasContents());
        }
        if (inline && (bootstrap != null || blobId != null)) {
            throw misuse("--blob-inline-meta does not go with --bootstrap or --blob-id");
        }
        if (!inline && bootstrap == null && blob.directory() == null) {
            throw misuse("where the bootstrap goes is missing: --bootstrap, --blob-dir or --blob-inline-meta");
        }
        if (blobId != null && !blobId.matches("[A-Za-z0-9][A-Za-z0-9._-]{0," + (LONGEST_ID - 1) + "}")) {
            throw misuse("--blob-id " + blobId + " is no name of a blob");
        }
        blob.check(inline);
        boolean isNamed = !type.equals(LAYER_REFERENCE) && !type.equals(TARFS);
        Path named = blob.place(isNamed ? blobId : null);
        refuseOneFile("--blob", named, "--bootstrap", bootstrap);
        refuseOneFile("the source", source, "--blob", named);
        refuseOneFile("the source", source, "--bootstrap", bootstrap);
    }

    /** Found out before anything is built. */
    private void refuseNoFile(String option, Path file) {
        Path directory = file.toAbsolutePath().getParent();
        if (Files.isDirectory(file)) {
            throw misuse(option + " '" + file + "' is a directory");
        }
        if (directory != null && !Files.isDirectory(directory)) {
            throw misuse(option + " " + file + ": there is no directory " + directory);
        }
    }

    /** One would take the place of the other. Both may be the same device. */
    private void refuseOneFile(String one, @Nullable Path first, String other, @Nullable Path second) {
        if (first != null && second != null && isOneFile(first, second)) {
            throw misuse(one + " and " + other + " are the same file: " + second);
        }
    }

    private static boolean isOneFile(Path first, Path second) {
        try {
            return Files.isSameFile(first, second) && (Files.isRegularFile(first) || Files.isDirectory(first));
        } catch (IOException e) {
            return first.toAbsolutePath()
                    .normalize()
                    .equals(second.toAbsolutePath().normalize());
        }
    }

    private void refuseWithReference(String option, boolean given) {
        if (given) {
            throw misuse(option + " does not go with --type " + type);
        }
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
