package io.obd.e2e;

import static io.obd.e2e.TreeComparer.Except.DIRECTORY_LINKS;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is mounted of a converted image is what containerd's own snapshotter unpacks of the original. */
@Tag("e2e")
class ExactnessTest {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    /** Of the root, and of directories that a layer changes without an entry for them. */
    private static final Pattern TIME_OF_UNPACKING = Pattern.compile("^/(implied(/[a-z/]+)?)?: modified is ");

    /** What an image can be converted to. */
    enum Form {
        NATIVE("--overlaybd", "ext4", "e2fsck -fn"),
        TURBO_OCI_EXT4("--turboOCI", "ext4", "e2fsck -fn"),
        TURBO_OCI_EROFS("--turboOCI", "erofs", "fsck.erofs");

        private final String format;
        private final String fileSystem;
        private final String check;

        Form(String format, String fileSystem, String check) {
            this.format = format;
            this.fileSystem = fileSystem;
            this.check = check;
        }

        /** The tag of what is made of an image. */
        String tag(String source) {
            return source + "_" + name().toLowerCase(Locale.ROOT);
        }
    }

    private static final boolean LONG = Boolean.getBoolean("e2e.long");

    /** Which images of packages are made, by a part of "packages-layers". */
    private static final Pattern WANTED = Pattern.compile(System.getProperty("e2e.packages", ""));

    private static final String CONTAINER = "container";
    private static final String ODD = "odd/image";
    private static final Duration RECIPE_LIMIT = Duration.ofMinutes(10);

    @BeforeAll
    static void oddImagesAreInTheRegistry() throws Exception {
        Path layout = stack().directory().resolve("odd");
        Commands.in(stack().directory())
                .run(TestEnvironment.sources().resolve("odd-image").toString(), layout.toString())
                .orFail();
        for (String tag : List.of("ordinary", "unusual")) {
            stack().registry().push("oci:" + layout + ":" + tag, ODD + ":" + tag);
        }
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        stack().ctr().clear();
        assertThat(stack().leftovers().loopDevices()).isEmpty();
    }

    @ParameterizedTest
    @MethodSource("forms")
    void everythingOddThatATarCanHoldArrives(Form form) throws Exception {
        convert(ODD + ":ordinary", form);

        assertThat(differences(unpacked(ODD + ":ordinary"), converted(ODD + ":ordinary", form)))
                .isEmpty();
    }

    /** containerd cannot unpack that: it is compared with what makes the same in a way that containerd knows. */
    @Test
    void soDoHardLinksBeforeTheirTargetsAndTheTypesOfGnuTar() throws Exception {
        convert(ODD + ":unusual", Form.NATIVE);

        assertThat(differences(unpacked(ODD + ":ordinary"), converted(ODD + ":unusual", Form.NATIVE)))
                .isEmpty();
    }

    /** As somebody else, elsewhere, with other settings; who may read what only root can, as the tree may lie anywhere. */
    @Test
    void whoConvertsDoesNotShowInTheResult() throws Exception {
        Path elsewhere = Files.createDirectories(stack().directory().resolve("elsewhere/with blank"));
        Files.setPosixFilePermissions(elsewhere, PosixFilePermissions.fromString("rwxrwxrwx"));
        List<String> command = new ArrayList<>(List.of(
                "sh",
                "-c",
                "umask 0077 && exec setpriv --reuid 65534 --regid 65534 --clear-groups"
                        + " --inh-caps +dac_read_search --ambient-caps +dac_read_search \"$@\"",
                "sh"));
        command.addAll(stack().conversion(
                        ODD, "--input-tag", "unusual", "--oci", "--output-tag", "elsewhere", "--vsize", "8"));
        command.addAll(List.of("--dir", elsewhere.resolve("work").toString(), "--db-type", "none"));

        Commands.in(elsewhere)
                .with(Map.of("TZ", "Asia/Kathmandu", "LC_ALL", "tr_TR.UTF-8", "HOME", elsewhere.toString()))
                .run(command)
                .orFail();
        convert(ODD + ":unusual", Form.NATIVE);

        assertThat(stack().registry().manifest(ODD + ":elsewhere"))
                .isEqualTo(stack().registry().manifest(ODD + ":" + Form.NATIVE.tag("unusual")));
    }

    @ParameterizedTest(allowZeroInvocations = true)
    @MethodSource("packageImages")
    @Timeout(value = 30, unit = TimeUnit.MINUTES)
    void imagesOfDebianPackagesAreTheSame(int layers, String packages) throws Exception {
        String name = packages.replace(',', '-') + "-" + layers;
        String image = "debian/" + name + ":v1";
        Path directory = TestEnvironment.cache().resolve(name);
        Commands.in(directory)
                .within(RECIPE_LIMIT)
                .run(
                        TestEnvironment.sources().resolve("package-image").toString(),
                        directory.toString(),
                        Integer.toString(layers),
                        packages)
                .orFail();
        stack().registry().push("oci:" + directory + "/layout:latest", image);
        Tree unpacked = unpacked(image);

        SoftAssertions forms = new SoftAssertions();
        for (Form form : Form.values()) {
            convert(image, form);
            forms.assertThat(differences(unpacked, converted(image, form)))
                    .as(form.toString())
                    .isEmpty();
            stack().ctr().clear();
        }
        forms.assertAll();
    }

    /** The conversions to turboOCI are in the long form of the tests. */
    static Stream<Form> forms() {
        return LONG ? Stream.of(Form.values()) : Stream.of(Form.NATIVE);
    }

    /** Numbers of layers and packages. All of them take ten minutes: only the long form of the tests has that. */
    static Stream<Arguments> packageImages() {
        if (!LONG) {
            return Stream.empty();
        }
        return Stream.of(
                        Arguments.of(1, "python3"),
                        Arguments.of(2, "default-jre-headless"),
                        Arguments.of(2, "nginx"),
                        Arguments.of(2, "git"),
                        Arguments.of(2, "systemd,dbus,iputils-ping,systemd-journal-remote"),
                        Arguments.of(70, "python3"))
                .filter(image ->
                        WANTED.matcher(image.get()[1] + "-" + image.get()[0]).find());
    }

    private static void convert(String image, Form form) throws Exception {
        stack().convert(
                        repository(image),
                        "--input-tag",
                        tag(image),
                        "--oci",
                        form.format,
                        form.tag(tag(image)),
                        "--fstype",
                        form.fileSystem,
                        "--vsize",
                        "8",
                        "--db-type",
                        "none")
                .orFail();
    }

    private static Tree unpacked(String image) throws Exception {
        stack().pull("overlayfs", image).orFail();
        return mounted("overlayfs", "");
    }

    private static Tree converted(String image, Form form) throws Exception {
        stack().rpull(repository(image) + ":" + form.tag(tag(image))).orFail();
        return mounted("overlaybd", form.check);
    }

    /**
     * The tree that a container of the only image of a snapshotter has.
     *
     * @param check the command that checks a file system of its own; empty if there is none
     */
    private static Tree mounted(String snapshotter, String check) throws Exception {
        Path target = Files.createDirectories(stack().directory().resolve("mounted"));
        Run prepared = snapshot(snapshotter, "prepare", "--mounts", CONTAINER, topmost(snapshotter));
        mount(Json.read(prepared.out()).get(0), target);
        try {
            for (Path device :
                    check.isEmpty() ? List.<Path>of() : stack().leftovers().loopDevices()) {
                command((check + " " + device).split(" "));
            }
            return Tree.read(target);
        } finally {
            command("umount", target.toString());
            snapshot(snapshotter, "rm", CONTAINER);
        }
    }

    /** The paths of many layers are too long for the kernel: they are made relative, as containerd does. */
    private static void mount(JsonNode mount, Path target) throws Exception {
        Path directory = Files.createDirectories(
                stack().containerd().root().resolve("io.containerd.snapshotter.v1.overlayfs/snapshots"));
        List<String> options = new ArrayList<>();
        mount.get("Options").forEach(option -> options.add(option.asText().replace(directory + "/", "")));
        Commands.in(directory)
                .with(Map.of("LIBMOUNT_FORCE_MOUNT2", "always"))
                .run(
                        "mount",
                        "-t",
                        mount.get("Type").asText(),
                        "-o",
                        String.join(",", options),
                        mount.get("Source").asText(),
                        target.toString())
                .orFail();
    }

    /** The snapshot that is no other's parent. */
    private static String topmost(String snapshotter) throws Exception {
        List<String[]> snapshots = snapshot(snapshotter, "ls")
                .out()
                .lines()
                .skip(1)
                .map(line -> line.split("\\s+"))
                .toList();
        Set<String> parents = snapshots.stream().map(fields -> fields[1]).collect(Collectors.toUnmodifiableSet());
        assertThat(snapshots).filteredOn(fields -> !parents.contains(fields[0])).hasSize(1);
        return snapshots.stream()
                .map(fields -> fields[0])
                .filter(key -> !parents.contains(key))
                .findFirst()
                .orElseThrow();
    }

    private static Run snapshot(String snapshotter, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("snapshot", "--snapshotter", snapshotter));
        command.addAll(List.of(arguments));
        return stack().ctr().run(command).orFail();
    }

    private static void command(String... command) throws Exception {
        Commands.in(stack().directory()).run(command).orFail();
    }

    private static List<String> differences(Tree unpacked, Tree converted) {
        return new TreeComparer(DIRECTORY_LINKS)
                .differences(unpacked, converted).stream()
                        .filter(line -> !TIME_OF_UNPACKING.matcher(line).find())
                        .toList();
    }

    private static String repository(String image) {
        return image.substring(0, image.indexOf(':'));
    }

    private static String tag(String image) {
        return image.substring(image.indexOf(':') + 1);
    }

    private static Stack stack() {
        return STACK.get();
    }
}
