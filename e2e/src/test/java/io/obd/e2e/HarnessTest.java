package io.obd.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The parts of the stack that are not ours work as the other tests take for granted. */
@Tag("e2e")
class HarnessTest {
    @Test
    void anOrdinaryPullAndRunSendsEveryBlobOnce() throws Exception {
        Path directory = TestEnvironment.directory(HarnessTest.class);
        DebianImage image = TestEnvironment.debianImage();
        try (Registry registry = Registry.start(directory.resolve("registry"), new Registry.User("bob", "secret"));
                Containerd containerd = new Containerd(
                        directory, TestEnvironment.installation(), ContainerdRelease.installed(), Map.of())) {
            registry.push(image.source(), "debian/python:v1");
            containerd.configure(directory.resolve("no-snapshotter.sock"), directory.resolve("no-snapshotter"), null);
            containerd.start();
            Traffic before = registry.traffic();
            String name = registry.host() + "/debian/python:v1";

            containerd
                    .ctr()
                    .run(
                            "image",
                            "pull",
                            "--user",
                            "bob:secret",
                            "--hosts-dir",
                            registry.hostsDirectory().toString(),
                            name)
                    .orFail();
            Run run = containerd
                    .ctr()
                    .runOnce("overlayfs", name, "one", "python3", "/srv/app/hello.py")
                    .orFail();

            assertThat(run.out()).startsWith("hello from 3.");
            assertThat(registry.traffic().since(before).blobBytes()).isGreaterThan(100_000_000);
            containerd.ctr().clear();
        } finally {
            new Leftovers(directory).sweep();
        }
        assertThat(new Leftovers(directory).mounts()).isEmpty();
    }

    @Test
    void aTreeEqualsItself() throws Exception {
        DebianImage image = TestEnvironment.debianImage();
        Tree tree = Tree.read(image.tree());

        assertThat(tree.entries()).hasSizeGreaterThan(5000).containsKey("usr/bin/python3");
        assertThat(new TreeComparer().differences(tree, Tree.read(image.tree())))
                .isEmpty();
    }
}
