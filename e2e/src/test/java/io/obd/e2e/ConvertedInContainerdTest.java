package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** {@code ctr obdconv}: from an image that containerd has to one that is pulled lazily. */
@Tag("e2e")
class ConvertedInContainerdTest {
    @RegisterExtension
    static final RunningStack STACK = new RunningStack(Stack.Settings.usual());

    private static final String SOURCE = "golden/busybox:v1";
    private static final String RESULT = "golden/busybox:converted";

    @BeforeEach
    void anOrdinaryImageIsInContainerd() throws Exception {
        TestEnvironment.goldenImage().push("v1", stack().registry(), SOURCE);
        stack().pull("overlayfs", SOURCE).orFail();
    }

    @AfterEach
    void nothingIsLeft() throws Exception {
        stack().ctr().clear();
        assertThat(stack().ctr().snapshots("overlaybd")).isEmpty();
        assertThat(stack().leftovers().loopDevices()).isEmpty();
    }

    @Test
    void theResultCanBePushedPulledLazilyAndRun() throws Exception {
        Run conversion = convert().orFail();
        assertThat(conversion.out())
                .startsWith("filesystem type: ext4\nvsize: 64 GB\n")
                .contains("new image digest: ");
        push().orFail();
        stack().ctr().clear();
        Traffic before = stack().registry().traffic();

        Run pull = stack().rpull(RESULT).orFail();

        JsonNode manifest = stack().registry().manifest(RESULT);
        assertThat(stack().registry().traffic().since(before).blobBytes())
                .isLessThanOrEqualTo(manifest.at("/config/size").asLong());
        assertThat(pull.out().lines().filter(line -> line.contains(": lazy,"))).hasSameSizeAs(manifest.get("layers"));
        stack().ctr().runDetached("overlaybd", stack().repository(RESULT), "pulled", "/bin/sleep", "600");
        assertThat(TestEnvironment.goldenImage()
                        .differences(Tree.read(stack().imageMounts().getFirst())))
                .isEmpty();
    }

    @Test
    void theResultRunsWhereItWasMade() throws Exception {
        convert("--algorithm", "zstd", "--bs", "16", "--vsize", "4").orFail();

        assertThat(run().orFail().out()).isEqualTo("greeting=hello from layer two\n");
        assertThat(stack().ctr().snapshots("overlaybd")).noneMatch(key -> key.startsWith("overlaybd-conv-"));
    }

    @Test
    void otherFileSystemsOfTheKernelAreWrittenThroughADevice() throws Exception {
        convert("--vsize", "1", "--fstype", "xfs;nouuid,discard;-f -L by-mkfs").orFail();
        assertThat(stack().ctr().snapshots("overlaybd")).noneMatch(key -> key.startsWith("overlaybd-conv-"));
        push().orFail();
        stack().ctr().clear();
        stack().rpull(RESULT).orFail();

        stack().ctr().runDetached("overlaybd", stack().repository(RESULT), "xfs", "/bin/sleep", "600");

        Path mount = stack().imageMounts().getFirst();
        assertThat(Commands.in(stack().directory())
                        .run("findmnt", "-n", "-o", "FSTYPE,LABEL", mount.toString())
                        .orFail()
                        .out()
                        .strip())
                .matches("xfs\\s+by-mkfs");
        assertThat(TestEnvironment.goldenImage().differences(Tree.read(mount))).isEmpty();
    }

    @Test
    void aFailedConversionLeavesNothing() throws Exception {
        Run run = convert("--vsize", "1", "--fstype", "ext4;discard;--no-such-option");

        assertThat(run.succeeded()).isFalse();
        assertThat(run.err()).contains("layer 0").contains("--no-such-option");
        assertThat(stack().ctr().images()).containsExactly(stack().repository(SOURCE));
    }

    private Run convert(String... flags) throws Exception {
        List<String> command = new ArrayList<>(List.of("obdconv"));
        command.addAll(Arrays.asList(flags));
        command.addAll(List.of(stack().repository(SOURCE), stack().repository(RESULT)));
        return stack().ctr().run(command);
    }

    private Run push() throws Exception {
        return stack().ctr()
                .run(
                        "image",
                        "push",
                        "--hosts-dir",
                        stack().registry().hostsDirectory().toString(),
                        "--user",
                        stack().registry().user().pair(),
                        stack().repository(RESULT));
    }

    private Run run() throws Exception {
        return stack().ctr().runOnce("overlaybd", stack().repository(RESULT), "once", "/bin/cat", "/etc/app.conf");
    }

    private static Stack stack() {
        return STACK.get();
    }
}
