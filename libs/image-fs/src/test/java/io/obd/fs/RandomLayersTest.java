package io.obd.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.obd.fs.tar.TarBuilder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Random layers over each other give the tree that a simple model of layers gives. */
class RandomLayersTest {
    private static final int LAYERS = 3;
    private static final String DIRECTORY = "";

    @Property(tries = 12)
    void layersAreAppliedAsInTheModel(@ForAll long seed) throws Exception {
        assertAsInTheModel(Kind.EXT4, seed);
    }

    @Property(tries = 12)
    void soTheyAreToErofs(@ForAll long seed) throws Exception {
        assertAsInTheModel(Kind.EROFS, seed);
    }

    private static void assertAsInTheModel(Kind kind, long seed) throws Exception {
        assumeTrue(Root.isRoot(), "mounting needs root");
        Random random = new Random(seed);
        Model model = new Model();
        byte[][] layers = new byte[LAYERS][];
        for (int i = 0; i < LAYERS; i++) {
            model.touched.clear();
            TarBuilder tar = new TarBuilder();
            for (int entries = random.nextInt(40); entries > 0; entries--) {
                addEntry(random, model, tar);
            }
            layers[i] = tar.build();
        }
        Path image = Files.createTempFile("image-fs-random", ".img");
        try {
            Images.ofBytes(kind, image, layers);
            kind.fsck(image);
            try (Mounted mounted = Mounted.readOnly(image)) {
                assertThat(mounted.contents()).isEqualTo(model.files);
            }
        } finally {
            Files.delete(image);
        }
    }

    private static void addEntry(Random random, Model model, TarBuilder tar) {
        String path = randomPath(random);
        if (!model.canHold(path)) {
            return;
        }
        String name = path.substring(path.lastIndexOf('/') + 1);
        String parent = path.substring(0, path.length() - name.length());
        String content = "content " + "c".repeat(random.nextInt(3) * 3000) + random.nextInt(1000);
        switch (random.nextInt(7)) {
            case 0 -> {
                tar.mode(0755).directory(path.substring(1) + "/");
                model.directory(path);
            }
            case 1, 2 -> {
                tar.file(path.substring(1), content);
                model.put(path, content);
            }
            case 3 -> {
                String target = "t".repeat(1 + random.nextInt(99));
                tar.symlink(path.substring(1), target);
                model.put(path, "-> " + target);
            }
            case 4 -> {
                List<String> targets = model.linkTargets(path);
                if (!targets.isEmpty()) {
                    String target = targets.get(random.nextInt(targets.size()));
                    String linked = model.files.get(target);
                    tar.hardLink(path.substring(1), target.substring(1));
                    model.put(path, linked == null ? "" : linked);
                }
            }
            case 5 -> {
                tar.file(parent.substring(1) + ".wh." + name, "");
                model.whiteout(path);
            }
            default -> {
                if (DIRECTORY.equals(model.files.get(path))) {
                    tar.file(path.substring(1) + "/.wh..wh..opq", "");
                    model.opaque(path);
                }
            }
        }
    }

    private static String randomPath(Random random) {
        StringBuilder path = new StringBuilder();
        for (int depth = random.nextInt(3); depth >= 0; depth--) {
            path.append('/').append((char) ('a' + random.nextInt(4)));
        }
        return path.toString();
    }

    /** Paths with contents, and which of them the layer at hand has touched. */
    private static final class Model {
        final TreeMap<String, String> files = new TreeMap<>();
        final Set<String> touched = new HashSet<>();

        /** False if something above is no directory: a layer has an entry that makes it one before. */
        boolean canHold(String path) {
            for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
                if (!DIRECTORY.equals(files.getOrDefault(path.substring(0, slash), DIRECTORY))) {
                    return false;
                }
            }
            return true;
        }

        void directory(String path) {
            if (!DIRECTORY.equals(files.get(path))) {
                put(path, DIRECTORY);
            }
            touch(path);
        }

        void put(String path, String content) {
            remove(path);
            touch(path);
            files.put(path, content);
        }

        List<String> linkTargets(String path) {
            List<String> targets = new ArrayList<>();
            files.forEach((file, content) -> {
                if (!content.equals(DIRECTORY) && !file.equals(path) && !file.startsWith(path + "/")) {
                    targets.add(file);
                }
            });
            return targets;
        }

        void whiteout(String path) {
            List.copyOf(files.keySet()).forEach(file -> {
                if ((file.equals(path) || file.startsWith(path + "/")) && !touched.contains(file)) {
                    files.remove(file);
                }
            });
        }

        void opaque(String path) {
            List.copyOf(files.keySet()).forEach(file -> {
                if (file.startsWith(path + "/") && !touched.contains(file)) {
                    files.remove(file);
                }
            });
        }

        private void touch(String path) {
            for (int slash = path.indexOf('/', 1); slash > 0; slash = path.indexOf('/', slash + 1)) {
                files.putIfAbsent(path.substring(0, slash), DIRECTORY);
                touched.add(path.substring(0, slash));
            }
            touched.add(path);
        }

        private void remove(String path) {
            files.keySet().removeIf(file -> file.equals(path) || file.startsWith(path + "/"));
            touched.removeIf(file -> file.startsWith(path + "/"));
        }
    }
}
