package io.obd.e2e;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/** The images of the golden files, in the registry and in the containerd of a stack. */
record NydusImages(NydusStack stack) {
    static final String REPOSITORY = "golden/busybox";
    static final String GREETING = "greeting=hello from layer two\n";

    void push(String tag) throws IOException, InterruptedException {
        TestEnvironment.goldenImage().push(tag, stack.registry(), REPOSITORY + ":" + tag);
    }

    void pull(String tag) throws IOException, InterruptedException {
        push(tag);
        stack.rpull(REPOSITORY + ":" + tag).orFail();
    }

    /** As containerd knows it. */
    String name(String tag) {
        return stack.image(REPOSITORY + ":" + tag);
    }

    /** Has a container of its own show the file that the image's second layer has. */
    Run cat(String tag, String container) throws IOException, InterruptedException {
        return stack.ctr().runOnce("nydus", name(tag), container, "/bin/cat", "/etc/app.conf");
    }

    /** Digests of what stays in the registry, bottom to top. */
    List<String> dataLayers(String tag) throws IOException, InterruptedException {
        return stack.registry()
                .manifest(REPOSITORY + ":" + tag)
                .get("layers")
                .valueStream()
                .filter(layer -> layer.path("annotations").has("containerd.io/snapshot/nydus-blob"))
                .map(layer -> layer.get("digest").asText())
                .toList();
    }

    /** Mounts, daemons and what they have read go with the images. */
    void awaitNothingLeft(Duration limit) throws IOException, InterruptedException {
        Await.until(
                "daemons to be gone",
                limit,
                () -> stack.snapshotter().daemons().isEmpty()
                        && stack.imageMounts().isEmpty()
                        && cached().isEmpty(),
                stack::logs);
    }

    private List<Path> cached() throws IOException {
        if (!Files.isDirectory(stack.snapshotter().cache())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(stack.snapshotter().cache())) {
            return files.toList();
        }
    }
}
